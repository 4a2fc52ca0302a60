import { setTimeout as pause } from 'node:timers/promises'
import type { Channel, LoginStart, RemoteChannel } from '../channels/channel.ts'
import { GatewayError } from '../errors.ts'
import type { Device } from './device.ts'
import { type FollowDeps, followLogin, loginPlace } from './follow-login.ts'
import {
  findLogin,
  giveCode,
  type LoginRow,
  nameLogin,
  noteLogin,
  saveLogin,
  takeLoginsOver,
} from './login-queries.ts'
import { findAnyDevice } from './queries.ts'

/** How often a login is looked at while a caller waits for a change, milliseconds. */
const LOOK_MS = 100
/** A code that was typed is answered by the network a little later than anything else: so many times the usual wait. */
const CODE_WAITS = 4

export interface RemoteLoginDeps extends FollowDeps {
  readonly channels: ReadonlyMap<string, Channel>
  /** Names this process. */
  readonly holder: string
}

export type RemoteLogins = ReturnType<typeof createRemoteLogins>

/** Logins that a phone has to confirm; each is followed by one process. */
export function createRemoteLogins(deps: RemoteLoginDeps) {
  const { database, vault, holder, sessions, log } = deps
  const stopped = new AbortController()
  const following = new Set<Promise<void>>()

  const start = (device: Device, channel: RemoteChannel, row: LoginRow) => {
    const ended = followLogin(deps, device, channel, row, stopped.signal)
      .catch(async (error: unknown) => {
        if (stopped.signal.aborted) return
        log.warn({ err: error, appId: device.app_id }, 'a login failed')
        await noteLogin(database, row, { phase: 'failed', reason: GatewayError.from(error).reason })
      })
      .catch((error: unknown) => log.warn({ err: error, appId: device.app_id }, 'a login was lost'))
      .finally(() => following.delete(ended))
    following.add(ended)
  }

  return {
    /** Starts a login and follows it. @throws {GatewayError} channel_* */
    async begin(device: Device, channel: RemoteChannel): Promise<LoginStart> {
      const { app_id: appId } = device
      const known = await sessions.known(device.token_id, device.channel, appId)
      const { login, ...begun } = await channel.startLogin(known)
      const row: LoginRow = {
        app_id: appId,
        uuid: begun.uuid,
        login: vault.seal(login, loginPlace(appId)),
        phase: 'waiting',
        code: null,
        reason: null,
        holder,
      }
      await database.atomically([saveLogin(database, row), nameLogin(database, appId, begun)])
      start(device, channel, row)
      return begun
    },

    /**
     * Where the device's login has come to, after waiting up to `waitMs` for a change, longer for what becomes of a code.
     * @param code digits for the phone's question, or empty
     */
    async standing(device: Device, code: string, waitMs: number): Promise<LoginRow | undefined> {
      const { app_id: appId } = device
      const first = await findLogin(database, appId)
      if (!first) return undefined
      const asks = first.phase === 'code' || first.phase === 'wrong code'
      if (asks && code === '') return first
      if (asks) await giveCode(database, appId, code)
      const deadline = performance.now() + (asks ? waitMs * CODE_WAITS : waitMs)
      for (;;) {
        const now = await findLogin(database, appId)
        const changed = now?.phase !== first.phase || (asks && now.code === null)
        if (changed || performance.now() >= deadline) return now
        await pause(LOOK_MS)
      }
    },

    /** Follows the logins that processes which are gone had followed. */
    async takeOver(): Promise<void> {
      for (const row of await takeLoginsOver(database, holder, Date.now())) {
        const device = await findAnyDevice(database, row.app_id)
        const channel = device && deps.channels.get(device.channel)
        if (device && channel?.kind === 'remote') start(device, channel, row)
      }
    },

    /** Ends following; what is under way is taken up again by the next process. */
    async close(): Promise<void> {
      stopped.abort(new GatewayError('shutting_down'))
      await Promise.all(following)
    },
  }
}
