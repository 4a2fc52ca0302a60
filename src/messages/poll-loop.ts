import { setTimeout as pause } from 'node:timers/promises'
import type { RemoteChannel } from '../channels/channel.ts'
import { isFault } from '../database/database.ts'
import type { NamedDevice } from '../devices/device.ts'
import type { Session } from '../devices/session-queries.ts'
import type { Sessions } from '../devices/sessions.ts'
import { GatewayError } from '../errors.ts'
import { type ReceiveDeps, receive } from './receive.ts'

/** After a failed poll, and after every third in a row (iLink sheet 4.2), milliseconds. */
const RETRY_MS = 2000
const THIRD_RETRY_MS = 30_000
/** From so many failures on, the device counts as failing. */
const FAILING = 3
/** A poll that brings nothing new ends no sooner: a server that does not hold its calls must not be asked without a pause. */
const EMPTY_MS = 1000
/** How long a stop waits for the network to be told, milliseconds. */
const END_MS = 2000

export interface PollDeps extends ReceiveDeps {
  readonly sessions: Sessions
  readonly observePoll: (result: 'ok' | 'failed' | 'dead') => void
}

/**
 * Polls for one device, and has what arrives written down, until its session dies or is another process's, or the
 * signal. Only a process that stops tells the network so: after a logout it knows, and another poller is listening.
 * @param claimed names this process as its holder
 */
export async function pollOn(
  deps: PollDeps,
  claimed: Session,
  device: NamedDevice,
  channel: RemoteChannel,
  signal: AbortSignal,
): Promise<void> {
  try {
    const credentials = await readable(deps, claimed, device)
    if (credentials === undefined) return
    await announce(deps, channel, credentials, device)
    await pollUntilOver(deps, claimed, device, { channel, credentials, signal })
    if (!isStop(signal.reason)) return
    const late = pause(END_MS, undefined, { ref: false })
    await Promise.race([channel.end(credentials).catch(() => undefined), late])
  } finally {
    await deps.polling.release(claimed).catch(() => undefined)
  }
}

async function pollUntilOver(
  deps: PollDeps,
  claimed: Session,
  device: NamedDevice,
  way: { readonly channel: RemoteChannel; readonly credentials: string; readonly signal: AbortSignal },
): Promise<void> {
  const { sessions, polling, log } = deps
  const { channel, credentials, signal } = way
  const about = { appId: device.app_id, channel: channel.name }
  let session = claimed
  let failures = 0
  while (!signal.aborted) {
    try {
      const started = performance.now()
      const from = { cursor: session.cursor, holdMs: session.hold_ms ?? undefined }
      const polled = await channel.poll(credentials, from, signal)
      const news = await receive(deps, session, device, polled)
      deps.observePoll('ok')
      failures = 0
      if (session.failing_since !== null) {
        await polling.failing(session, null)
        log.info(about, 'polling works again')
      }
      session = {
        ...session,
        cursor: polled.cursor ?? session.cursor,
        hold_ms: polled.holdMs ?? session.hold_ms,
        failing_since: null,
      }
      if (news === 0) await rest(started + EMPTY_MS - performance.now(), signal)
    } catch (error) {
      if (signal.aborted) return
      if (isFault(error, 'guard')) return log.info(about, 'the device is polled elsewhere')
      if (error instanceof GatewayError && error.code === 'session_dead') {
        deps.observePoll('dead')
        return sessions.died(claimed, device)
      }
      failures += 1
      deps.observePoll('failed')
      const why = error instanceof GatewayError ? { reason: error.reason } : { err: error }
      log.warn({ ...about, failures, ...why }, 'a poll failed')
      if (failures >= FAILING && session.failing_since === null) {
        const since = Date.now()
        session = { ...session, failing_since: since }
        await polling.failing(session, since).catch(() => undefined)
      }
      await rest(failures % 3 === 0 ? THIRD_RETRY_MS : RETRY_MS, signal)
    }
  }
}

/** Credentials that cannot be opened speak for nobody, just as dead ones. */
async function readable(
  { sessions, log }: PollDeps,
  session: Session,
  device: NamedDevice,
): Promise<string | undefined> {
  try {
    return sessions.credentialsOf(session)
  } catch (error) {
    const { reason } = GatewayError.from(error)
    log.error({ appId: device.app_id, reason }, 'credentials cannot be opened')
    await sessions.died(session, device)
    return undefined
  }
}

/** The network likes to know; polling works without (iLink sheet 9.3). */
async function announce(
  { log }: PollDeps,
  channel: RemoteChannel,
  credentials: string,
  { app_id: appId }: NamedDevice,
): Promise<void> {
  try {
    await channel.begin(credentials)
  } catch (error) {
    // A dead session is told by the first poll, with the care that belongs to it.
    const { reason } = GatewayError.from(error)
    log.info({ appId, channel: channel.name, reason }, 'the network was not told of the start')
  }
}

function isStop(reason: unknown): boolean {
  return reason instanceof GatewayError && reason.code === 'shutting_down'
}

/** Ends early, without an error, when the signal does. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await pause(ms, undefined, { signal }).catch(() => undefined)
}
