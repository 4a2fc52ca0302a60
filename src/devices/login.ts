import type { Channel, LoginStart, RemoteChannel } from '../channels/channel.ts'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Device, isNamed, newDevice } from './device.ts'
import { nameLogin } from './login-queries.ts'
import { standingOf, success, waiting } from './login-standing.ts'
import { drawQr } from './qr.ts'
import { deleteNewDevice, findDevice, insertDevice, listDevices, ownDevice } from './queries.ts'
import type { RemoteLogins } from './remote-login.ts'
import { findSession, isSilent } from './session-queries.ts'
import type { Sessions } from './sessions.ts'

/** How long checkLogin waits for something to change: some clients ask again without a pause (contract 2.7), milliseconds. */
const LOOK_MS = 1500

export interface LoginDeps {
  readonly database: Database
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Log
  readonly remote: RemoteLogins
  readonly sessions: Sessions
  /** A device has come online: messages may have waited for it. */
  readonly cameOnline: (device: { appId: string }) => Promise<void>
  /** What its going offline brings: the event. */
  readonly wentOffline: (device: { tokenId: string; appId: string; wxid: string }) => Statement[]
  readonly wake: () => void
  /** Its state is another one now. */
  readonly changed: (device: { tokenId: string; appId: string }) => void
}

export type Login = ReturnType<typeof createLogin>

/** Devices come and go. */
export function createLogin(deps: LoginDeps) {
  const { database, channels, log, remote, sessions, cameOnline, wentOffline, wake, changed } = deps
  const channelOf = (name: string): Channel => {
    const channel = channels.get(name)
    if (channel) return channel
    const known = [...channels.keys()].join('、')
    throw new GatewayError('channel_unknown', {
      reason: `不支持的 channel ${name.slice(0, 32)}，可用：${known}`,
    })
  }
  const existing = (tokenId: string, appId: string) => ownDevice(database, tokenId, appId)
  const asked = (device: Device) => ({
    appId: device.app_id,
    nickName: device.nick_name,
    wxid: device.wxid ?? undefined,
  })
  const begin = async (device: Device): Promise<LoginStart> => {
    const channel = channelOf(device.channel)
    if (channel.kind === 'remote') return remote.begin(device, channel)
    const start = await channel.startLogin(asked(device))
    await database.atomically([nameLogin(database, device.app_id, start)])
    return start
  }
  /** Begins the login of a device that was made for it, or leaves no device behind. */
  const beginFirst = async (device: Device): Promise<LoginStart> => {
    try {
      return await begin(device)
    } catch (error) {
      // Clients call again until they get a code: each failure would leave a device that nobody knows.
      await Promise.allSettled([deleteNewDevice(database, device.app_id)])
      throw error
    }
  }
  const online = async (device: Device, wxid: string, nickName: string) => {
    const update = database.sql
      .updateTable('devices')
      .set({ state: 'online', wxid, nick_name: nickName })
      .where('app_id', '=', device.app_id)
      .where('state', '!=', 'online')
    try {
      await database.atomically([statement(update, 1)])
    } catch (error) {
      // Another call was quicker: the account it was given is the device's.
      const now = isFault(error, 'guard') && (await existing(device.token_id, device.app_id))
      if (now && now.state === 'online' && isNamed(now)) return now
      throw error
    }
    await cameOnline({ appId: device.app_id })
    changed({ tokenId: device.token_id, appId: device.app_id })
    log.info({ appId: device.app_id, wxid, channel: device.channel }, 'device online')
    return { wxid, nick_name: nickName }
  }

  const standing = async (device: Device, uuid: string, code: string) => {
    const login = await remote.standing(device, code, LOOK_MS)
    return standingOf(login, await existing(device.token_id, device.app_id), uuid)
  }
  const endQuietly = async (device: Device, channel: RemoteChannel) => {
    const session = await findSession(database, device.app_id)
    if (session?.dead_since !== null) return
    try {
      await channel.end(sessions.credentialsOf(session))
    } catch (error) {
      log.info({ err: error, appId: device.app_id }, 'the network was not told of a logout')
    }
  }

  return {
    /** Makes a device of the token. @throws {GatewayError} channel_unknown */
    async addDevice(tokenId: string, channelName: string): Promise<Device> {
      channelOf(channelName)
      const device = newDevice(tokenId, channelName, Date.now())
      await insertDevice(database, device)
      return device
    },

    /** Starts a login; without `appId` of a device made for it. @throws {GatewayError} device_online, channel_*, login_failed */
    async getQrCode(tokenId: string, appId: string, channelName: string) {
      const isFirst = appId === ''
      const device = isFirst ? await this.addDevice(tokenId, channelName) : await existing(tokenId, appId)
      if (device.state === 'online') throw new GatewayError('device_online')
      const { uuid, qrData } = await (isFirst ? beginFirst(device) : begin(device))
      return { appId: device.app_id, uuid, qrData, qrImgBase64: await drawQr(qrData) }
    },

    /** Asks a device's phone to log in again, without a code to scan. */
    async dialog(tokenId: string, appId: string) {
      const device = await existing(tokenId, appId)
      if (device.state === 'online') throw new GatewayError('device_online')
      if (channelOf(device.channel).kind === 'remote') {
        throw new GatewayError('channel_unsupported', {
          reason: '此设备的通道不能弹框登录，请用 /login/getLoginQrCode 扫码登录',
        })
      }
      const { uuid } = await begin(device)
      return { appId, uuid }
    },

    /** How the login stands; the channel's word makes the device online. */
    async checkLogin(tokenId: string, appId: string, uuid: string, code = '') {
      const device = await existing(tokenId, appId)
      if (device.login_uuid !== uuid) {
        throw new GatewayError('login_expired', {
          reason: 'uuid 不是这台设备最近一次登录的，请重新获取二维码',
        })
      }
      if (device.state === 'online' && isNamed(device)) return success(uuid, device.wxid, device.nick_name)
      const channel = channelOf(device.channel)
      if (channel.kind === 'remote') return standing(device, uuid, code)
      const left = Math.ceil((device.login_expires_at - Date.now()) / 1000)
      if (left <= 0) return waiting(uuid, 0, 0)
      const state = await channel.checkLogin(asked(device), uuid)
      if (state.status !== 2) return waiting(uuid, left, state.status)
      const { wxid, nickName } = state.account
      const now = await online(device, wxid, nickName).catch((error: unknown) => {
        if (!isFault(error, 'unique')) throw error
        throw new GatewayError('device_online', { reason: `微信 ${wxid} 已在另一台设备上登录`, cause: error })
      })
      return success(uuid, now.wxid, now.nick_name)
    },

    /** Unknown devices are simply not online. */
    async checkOnline(tokenId: string, appId: string): Promise<boolean> {
      const device = await findDevice(database, tokenId, appId)
      if (device?.state !== 'online') return false
      if (channels.get(device.channel)?.kind !== 'remote') return true
      return !isSilent(await findSession(database, appId), Date.now())
    },

    /** Brings a device that was logged in back without a code. */
    async reconnect(tokenId: string, appId: string): Promise<true> {
      const device = await existing(tokenId, appId)
      if (!isNamed(device)) {
        throw new GatewayError('device_offline', {
          reason: `[${appId}]设备从未登录，请先调用 /login/getLoginQrCode`,
        })
      }
      const channel = channelOf(device.channel)
      if (channel.kind === 'remote') {
        if (device.state === 'online' || (await sessions.probe(device, channel))) return true
        throw new GatewayError('session_dead')
      }
      if (device.state !== 'online') await online(device, device.wxid, device.nick_name)
      return true
    },

    /** Ends a device's session, or what is left of one. A device that is not online stays so, without an error. */
    async logout(tokenId: string, appId: string): Promise<void> {
      const device = await existing(tokenId, appId)
      const channel = channelOf(device.channel)
      const forgotten = channel.kind === 'remote' ? sessions.forgotten(appId) : []
      if (device.state !== 'online' || !isNamed(device)) {
        // A dead session would be asked again and may come back, and a login under way may succeed.
        if (forgotten.length > 0) await database.atomically(forgotten)
        return
      }
      const update = database.sql
        .updateTable('devices')
        .set({ state: 'offline', login_uuid: null })
        .where('app_id', '=', appId)
        .where('state', '=', 'online')
      const who = { tokenId, appId, wxid: device.wxid }
      if (channel.kind === 'remote') await endQuietly(device, channel)
      try {
        await database.atomically([statement(update, 1), ...forgotten, ...wentOffline(who)])
      } catch (error) {
        if (isFault(error, 'guard') && !(await this.checkOnline(tokenId, appId))) return
        throw error
      }
      wake()
      changed(who)
      log.info({ appId }, 'device offline')
    },

    async list(tokenId: string): Promise<string[]> {
      return (await listDevices(database, tokenId)).map((device) => device.app_id)
    },
  }
}
