import type { Channel, RemoteChannel } from '../channels/channel.ts'
import { isNamed, type NamedDevice } from '../devices/device.ts'
import { findAnyDevice } from '../devices/queries.ts'
import type { Session } from '../devices/session-queries.ts'
import { GatewayError } from '../errors.ts'
import { disownPending } from './pending.ts'
import { type PollDeps, pollOn } from './poll-loop.ts'

/** How often sessions that nobody polls are looked for, milliseconds. */
const LOOK_MS = 2000

export interface ListenDeps extends PollDeps {
  readonly channels: ReadonlyMap<string, Channel>
  /** What else a process takes over from those that are gone. */
  readonly takeOver: () => Promise<void>
}

export interface Listener {
  start(): void
  /** A device has logged in. */
  wake(): void
  close(): Promise<void>
}

interface Running {
  /** Sealed, as they are stored. */
  readonly credentials: string
  readonly ended: Promise<void>
  readonly abort: AbortController
}

interface Remote {
  readonly device: NamedDevice
  readonly channel: RemoteChannel
}

/** One long poll for every remote device that is logged in, over all processes; what they bring is only written down here. */
export function createListener(deps: ListenDeps): Listener {
  const { sessions, polling, log } = deps
  const loops = new Map<string, Running>()
  let looking: Promise<void> | undefined
  let probing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const begin = (session: Session, { device, channel }: Remote) => {
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
  /** A poll that nothing arrives on does not notice by itself that its device was logged out or taken over. */
  const endForeign = async () => {
    const held = await polling.held()
    for (const [appId, { credentials, abort }] of loops) {
      if (held.get(appId) !== credentials) abort.abort(new Error('the session is no longer ours'))
    }
  }
  /** One after the other and beside the look: a network that hangs keeps no living device waiting. */
  const probe = async (dead: readonly Session[]) => {
    for (const session of dead) {
      if (closed) return
      const remote = await remoteOf(deps, session)
      if (!remote || !(await sessions.takeProbe(session))) continue
      await sessions.probe(remote.device, remote.channel).catch((error: unknown) => {
        const { reason } = GatewayError.from(error)
        log.info({ appId: session.app_id, reason }, 'the network could not be asked for a dead session')
      })
    }
  }

  const look = async () => {
    const lost = await disownPending(deps.database)
    if (lost.length > 0) {
      const newMsgIds = lost.map(({ new_msg_id }) => new_msg_id)
      log.warn({ newMsgIds }, 'messages whose answer never came are unknown')
    }
    for (const { token_id, app_id: appId, to_wxid: peer, new_msg_id: newMsgId } of lost) {
      deps.feed.publish(token_id, 'message', { appId, peer, newMsgId })
    }
    await deps.takeOver()
    await endForeign()
    const waiting = await polling.waiting()
    for (const session of waiting.filter(({ dead_since }) => dead_since === null)) {
      if (closed) return
      if (loops.get(session.app_id)?.credentials === session.credentials) continue
      const remote = await remoteOf(deps, session)
      if (remote && (await polling.claim(session))) begin(session, remote)
    }
    probing ??= probe(waiting.filter(({ dead_since }) => dead_since !== null))
      .catch((error: unknown) => log.warn({ err: error }, 'dead sessions could not be asked for'))
      .finally(() => {
        probing = undefined
      })
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
      await Promise.all([looking, probing])
      for (const { abort } of loops.values()) abort.abort(new GatewayError('shutting_down'))
      await Promise.all([...loops.values()].map(({ ended }) => ended))
      await polling.releaseAll().catch(() => undefined)
    },
  }
}

async function remoteOf(
  { database, channels }: ListenDeps,
  { app_id }: Session,
): Promise<Remote | undefined> {
  const device = await findAnyDevice(database, app_id)
  const channel = device && channels.get(device.channel)
  return device && isNamed(device) && channel?.kind === 'remote' ? { device, channel } : undefined
}
