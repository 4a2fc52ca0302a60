import type { Credentials, RemoteChannel } from '../channels/channel.ts'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Vault } from '../vault.ts'
import type { Device, NamedDevice } from './device.ts'
import { findSession, findSessionsOf, type Session, saveSession } from './session-queries.ts'

/** A session that the network no longer knows is asked again so often: some come back. Milliseconds. */
const PROBE_MS = 3_600_000
/** The same where the network could not be asked, milliseconds. */
const PROBE_AGAIN_MS = 60_000

export interface SessionDeps {
  readonly database: Database
  readonly vault: Vault
  readonly log: Log
  /** What a device's going offline brings: the event. */
  readonly wentOffline: (device: { tokenId: string; appId: string; wxid: string }) => Statement[]
  /** A device has come online. */
  readonly cameOnline: (device: { appId: string }) => Promise<void>
  readonly wake: () => void
  /** Its state is another one now. */
  readonly changed: (device: { tokenId: string; appId: string }) => void
}

export type Sessions = ReturnType<typeof createSessions>

const placeOf = (appId: string) => `session ${appId}`

/** What the gateway keeps of logged-in remote devices. */
export function createSessions(deps: SessionDeps) {
  const { database, vault, log } = deps
  const { sql } = database

  const credentialsOf = ({ app_id, credentials }: Session): Credentials => {
    const opened = vault.open(credentials, placeOf(app_id))
    if (opened !== undefined) return opened
    throw new GatewayError('session_dead', {
      reason: '保存的登录凭证无法用当前的 HONGYAN_SECRET_KEY 解开，请恢复原来的密钥，或重新扫码登录',
    })
  }
  const live = async (appId: string): Promise<{ session: Session; credentials: Credentials }> => {
    const session = await findSession(database, appId)
    if (!session || session.dead_since !== null) throw new GatewayError('session_dead')
    return { session, credentials: credentialsOf(session) }
  }

  return {
    /** @throws {GatewayError} session_dead for what was sealed under another key */
    credentialsOf,
    /** The session of a device that can speak. @throws {GatewayError} session_dead */
    live,

    /** The credentials of all devices of the token on the channel, `first` in front, then the newest. */
    async known(tokenId: string, channel: string, first: string): Promise<Credentials[]> {
      const sessions = await findSessionsOf(database, tokenId, channel)
      const sorted = sessions.sort((a, b) => Number(b.app_id === first) - Number(a.app_id === first))
      return sorted.flatMap((session) => vault.open(session.credentials, placeOf(session.app_id)) ?? [])
    },

    /**
     * Statements of a successful login. What people had sent to a former account opens nothing for a new one, and its
     * uploads are not the new one's.
     */
    saved(device: Device, credentials: Credentials, wxid: string): Statement[] {
      const { app_id: appId } = device
      const sealed = vault.seal(credentials, placeOf(appId))
      const forget = sql.updateTable('contacts').set({ context: null, heard_at: 0, sends_left: 0 })
      return [
        ...(device.wxid === wxid
          ? []
          : [
              statement(forget.where('app_id', '=', appId)),
              statement(sql.deleteFrom('uploads').where('app_id', '=', appId)),
            ]),
        saveSession(database, { appId, credentials: sealed, keepCursor: device.wxid === wxid }),
      ]
    },

    /**
     * The network no longer knows the credentials: the device is offline from now on, and its caller's server is told.
     * Comes to nothing when a new login has replaced them meanwhile.
     */
    async died(session: Session, device: NamedDevice): Promise<void> {
      const { app_id: appId, credentials } = session
      const now = Date.now()
      const mark = sql
        .updateTable('sessions')
        .set({ dead_since: now, probe_at: now + PROBE_MS, holder: null, failing_since: null })
        .where('app_id', '=', appId)
        .where('credentials', '=', credentials)
        .where('dead_since', 'is', null)
      const offline = sql.updateTable('devices').set({ state: 'offline' }).where('app_id', '=', appId)
      const who = { tokenId: device.token_id, appId, wxid: device.wxid }
      try {
        await database.atomically([
          statement(mark, 1),
          statement(offline.where('state', '=', 'online'), 1),
          ...deps.wentOffline(who),
        ])
      } catch (error) {
        if (isFault(error, 'guard')) return
        throw error
      }
      deps.wake()
      deps.changed(who)
      log.warn(
        { appId, channel: device.channel },
        'session dead: the device has to be logged in by scanning again',
      )
    },

    /**
     * Asks the network whether a dead session lives again, or a live one still does.
     * @returns whether it does
     * @throws {GatewayError} channel_* when the network could not be asked
     */
    async probe(device: NamedDevice, channel: RemoteChannel): Promise<boolean> {
      const session = await findSession(database, device.app_id)
      if (!session) return false
      try {
        await channel.begin(credentialsOf(session))
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'session_dead') throw error
        await this.died(session, device)
        const again = sql.updateTable('sessions').set({ probe_at: Date.now() + PROBE_MS })
        await again.where('app_id', '=', device.app_id).where('dead_since', 'is not', null).execute()
        return false
      }
      const revive = sql
        .updateTable('sessions')
        .set({ dead_since: null })
        .where('app_id', '=', device.app_id)
        .where('credentials', '=', session.credentials)
      const online = sql.updateTable('devices').set({ state: 'online' }).where('app_id', '=', device.app_id)
      try {
        await database.atomically([statement(revive, 1), statement(online)])
      } catch (error) {
        // Another login, or a logout, was quicker.
        if (!isFault(error, 'guard')) throw error
        return (await findSession(database, device.app_id))?.dead_since === null
      }
      await deps.cameOnline({ appId: device.app_id })
      deps.changed({ tokenId: device.token_id, appId: device.app_id })
      return true
    },

    /** Whether this process is the one to ask for a dead session now. */
    async takeProbe({ app_id, credentials, probe_at }: Session): Promise<boolean> {
      const { numUpdatedRows } = await sql
        .updateTable('sessions')
        .set({ probe_at: Date.now() + PROBE_AGAIN_MS })
        .where('app_id', '=', app_id)
        .where('credentials', '=', credentials)
        .where('dead_since', 'is not', null)
        .where('probe_at', '=', probe_at)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },

    /** Statements that forget a device's session. */
    forgotten(appId: string): Statement[] {
      const forget = sql.updateTable('contacts').set({ context: null }).where('app_id', '=', appId)
      return [
        statement(sql.deleteFrom('sessions').where('app_id', '=', appId)),
        statement(sql.deleteFrom('logins').where('app_id', '=', appId)),
        statement(forget),
      ]
    },

    /** Has all dead sessions asked at the next look. */
    async probeSoon(): Promise<void> {
      await sql.updateTable('sessions').set({ probe_at: 0 }).where('dead_since', 'is not', null).execute()
    },
  }
}
