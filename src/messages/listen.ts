import { setTimeout as pause } from 'node:timers/promises'
import type { Channel, RemoteChannel } from '../channels/channel.ts'
import { type Database, isFault } from '../database/database.ts'
import { isNamed, type NamedDevice } from '../devices/device.ts'
import { findAnyDevice } from '../devices/queries.ts'
import type { Session, Sessions } from '../devices/sessions.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { disownPending } from './pending.ts'
import { type ReceiveDeps, receive } from './receive.ts'

/** How often sessions that nobody polls are looked for, milliseconds. */
const LOOK_MS = 2000
/** After a failed poll, and after every third in a row (iLink sheet 4.2), milliseconds. */
const RETRY_MS = 2000
const THIRD_RETRY_MS = 30_000
/** From so many failures on, the device counts as failing. */
const FAILING = 3
/** How long a stop waits for the network to be told, milliseconds. */
const END_MS = 2000

export interface ListenDeps extends ReceiveDeps {
  readonly database: Database
  readonly sessions: Sessions
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Log
  /** What else a process takes over from those that are gone. */
  readonly takeOver: () => Promise<void>
  readonly observePoll: (result: 'ok' | 'failed' | 'dead') => void
}

export interface Listener {
  start(): void
  /** A device has logged in. */
  wake(): void
  close(): Promise<void>
}

interface Running {
  readonly credentials: string
  readonly ended: Promise<void>
  readonly abort: AbortController
}

/** One long poll for every remote device that is logged in, over all processes; what they bring is only written down here. */
export function createListener(deps: ListenDeps): Listener {
  const { sessions, log } = deps
  const loops = new Map<string, Running>()
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const begin = (session: Session, device: NamedDevice, channel: RemoteChannel) => {
    const abort = new AbortController()
    loops.get(session.app_id)?.abort.abort(new Error('the device has logged in again'))
    const ended = pollOn(deps, session, device, channel, abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) log.error({ err: error, appId: device.app_id }, 'polling ended')
      })
      .finally(() => {
        if (loops.get(session.app_id)?.abort === abort) loops.delete(session.app_id)
      })
    loops.set(session.app_id, { credentials: session.credentials, ended, abort })
  }

  const look = async () => {
    const lost = await disownPending(deps.database)
    if (lost.length > 0) log.warn({ newMsgIds: lost }, 'messages whose answer never came are unknown')
    await deps.takeOver()
    for (const session of await sessions.waiting()) {
      if (closed) return
      if (loops.get(session.app_id)?.credentials === session.credentials) continue
      const device = await deviceOf(deps, session)
      const channel = device && deps.channels.get(device.channel)
      if (!device || channel?.kind !== 'remote') continue
      if (session.dead_since !== null) await sessions.probe(device, channel)
      else if (await sessions.claim(session)) begin(session, device, channel)
    }
  }
  const wake = () => {
    if (closed || looking) return
    looking = look()
      .catch((error: unknown) => log.warn({ err: error }, 'sessions could not be looked for'))
      .finally(() => {
        looking = undefined
      })
  }

  return {
    start() {
      timer = setInterval(wake, LOOK_MS)
      // A key that was put back, or an hour that has passed meanwhile, may have brought sessions back.
      looking = sessions
        .probeSoon()
        .catch((error: unknown) => log.warn({ err: error }, 'dead sessions stay so'))
        .finally(() => {
          looking = undefined
          wake()
        })
    },
    wake,
    async close() {
      closed = true
      clearInterval(timer)
      await looking
      for (const { abort } of loops.values()) abort.abort(new GatewayError('shutting_down'))
      await Promise.all([...loops.values()].map(({ ended }) => ended))
      await sessions.release().catch(() => undefined)
    },
  }
}

async function deviceOf({ database }: ListenDeps, { app_id }: Session): Promise<NamedDevice | undefined> {
  const device = await findAnyDevice(database, app_id)
  return device && isNamed(device) ? device : undefined
}

/** Polls until the session dies, another process has it, or the signal. */
async function pollOn(
  deps: ListenDeps,
  claimed: Session,
  device: NamedDevice,
  channel: RemoteChannel,
  signal: AbortSignal,
): Promise<void> {
  const { sessions, log } = deps
  const about = { appId: device.app_id, channel: channel.name }
  let session = claimed
  let failures = 0
  try {
    const credentials = await readable(deps, claimed, device)
    if (credentials === undefined) return
    await announce(deps, channel, credentials, about)
    while (!signal.aborted) {
      try {
        const from = { cursor: session.cursor, holdMs: session.hold_ms ?? undefined }
        const polled = await channel.poll(credentials, from, signal)
        await receive(deps, session, device, polled)
        session = {
          ...session,
          cursor: polled.cursor ?? session.cursor,
          hold_ms: polled.holdMs ?? session.hold_ms,
        }
        deps.observePoll('ok')
        if (failures >= FAILING) {
          await sessions.failing(session, null)
          log.info(about, 'polling works again')
        }
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        if (isFault(error, 'guard')) return log.info(about, 'the device is polled elsewhere')
        if (error instanceof GatewayError && error.code === 'session_dead') {
          deps.observePoll('dead')
          return await sessions.died(claimed, device)
        }
        failures += 1
        deps.observePoll('failed')
        log.warn({ ...about, failures, reason: GatewayError.from(error).reason }, 'a poll failed')
        if (failures === FAILING) await sessions.failing(session, Date.now()).catch(() => undefined)
        await pause(failures % 3 === 0 ? THIRD_RETRY_MS : RETRY_MS, undefined, { signal }).catch(
          () => undefined,
        )
      }
    }
    const late = pause(END_MS, undefined, { ref: false })
    await Promise.race([channel.end(credentials).catch(() => undefined), late])
  } finally {
    await sessions.release(device.app_id).catch(() => undefined)
  }
}

/** Credentials that cannot be opened speak for nobody, just as dead ones. */
async function readable(
  { sessions, log }: ListenDeps,
  session: Session,
  device: NamedDevice,
): Promise<string | undefined> {
  try {
    return sessions.credentialsOf(session)
  } catch (error) {
    log.error(
      { appId: device.app_id, reason: GatewayError.from(error).reason },
      'credentials cannot be opened',
    )
    await sessions.died(session, device)
    return undefined
  }
}

/** The network likes to know; polling works without (iLink sheet 9.3). */
async function announce(
  { log }: ListenDeps,
  channel: RemoteChannel,
  credentials: string,
  about: object,
): Promise<void> {
  try {
    await channel.begin(credentials)
  } catch (error) {
    // A dead session is told by the first poll, with the care that belongs to it.
    log.info({ ...about, reason: GatewayError.from(error).reason }, 'the network was not told of the start')
  }
}
