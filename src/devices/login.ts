import type { Channel } from '../channels/channel.ts'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Device, isNamed, newDevice, uinOf } from './device.ts'
import { drawQr } from './qr.ts'
import { findDevice, insertDevice, listDevices, ownDevice } from './queries.ts'

/** What a successful checkLogin says is left of the code's time: clients that look at it first want more than 5 (contract 2.7). */
const SUCCESS_SECONDS = 120

export interface LoginDeps {
  readonly database: Database
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Log
  /** A device has come online: messages may have waited for it. */
  readonly cameOnline: (device: { appId: string }) => Promise<void>
  /** What its going offline brings: the event. */
  readonly wentOffline: (device: { tokenId: string; appId: string; wxid: string }) => Statement[]
  readonly wake: () => void
}

export type Login = ReturnType<typeof createLogin>

/** Devices come and go. */
export function createLogin({ database, channels, log, cameOnline, wentOffline, wake }: LoginDeps) {
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
  const begin = async (device: Device) => {
    const start = await channelOf(device.channel).startLogin(asked(device))
    await database.sql
      .updateTable('devices')
      .set({ login_uuid: start.uuid, login_expires_at: Date.now() + start.seconds * 1000 })
      .where('app_id', '=', device.app_id)
      .execute()
    return start
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
    log.info({ appId: device.app_id, wxid, channel: device.channel }, 'device online')
    return { wxid, nick_name: nickName }
  }

  return {
    /** Makes a device of the token. */
    async addDevice(tokenId: string, channelName: string): Promise<Device> {
      channelOf(channelName)
      const device = newDevice(tokenId, channelName, Date.now())
      await insertDevice(database, device)
      return device
    },

    /** Starts a login; without `appId` of a device made for it. */
    async getQrCode(tokenId: string, appId: string, channelName: string) {
      const device =
        appId === '' ? await this.addDevice(tokenId, channelName) : await existing(tokenId, appId)
      if (device.state === 'online') throw new GatewayError('device_online')
      const { uuid, qrData } = await begin(device)
      return { appId: device.app_id, uuid, qrData, qrImgBase64: await drawQr(qrData) }
    },

    /** Asks a device's phone to log in again, without a code to scan. */
    async dialog(tokenId: string, appId: string) {
      const device = await existing(tokenId, appId)
      if (device.state === 'online') throw new GatewayError('device_online')
      const { uuid } = await begin(device)
      return { appId, uuid }
    },

    /** How the login stands; the channel's word makes the device online. */
    async checkLogin(tokenId: string, appId: string, uuid: string) {
      const device = await existing(tokenId, appId)
      if (device.login_uuid !== uuid) {
        throw new GatewayError('login_expired', {
          reason: 'uuid 不是这台设备最近一次登录的，请重新获取二维码',
        })
      }
      if (device.state === 'online' && isNamed(device)) return success(uuid, device.wxid, device.nick_name)
      const left = Math.ceil((device.login_expires_at - Date.now()) / 1000)
      if (left <= 0) return waiting(uuid, 0, 0)
      const state = await channelOf(device.channel).checkLogin(asked(device), uuid)
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
      return (await findDevice(database, tokenId, appId))?.state === 'online'
    },

    /** Brings a device that was logged in back without a code. */
    async reconnect(tokenId: string, appId: string): Promise<true> {
      const device = await existing(tokenId, appId)
      if (!isNamed(device)) {
        throw new GatewayError('device_offline', {
          reason: `[${appId}]设备从未登录，请先调用 /login/getLoginQrCode`,
        })
      }
      if (device.state !== 'online') await online(device, device.wxid, device.nick_name)
      return true
    },

    async logout(tokenId: string, appId: string): Promise<void> {
      const device = await existing(tokenId, appId)
      if (device.state !== 'online' || !isNamed(device)) return
      const update = database.sql
        .updateTable('devices')
        .set({ state: 'offline', login_uuid: null })
        .where('app_id', '=', appId)
        .where('state', '=', 'online')
      const who = { tokenId, appId, wxid: device.wxid }
      try {
        await database.atomically([statement(update, 1), ...wentOffline(who)])
      } catch (error) {
        if (isFault(error, 'guard') && !(await this.checkOnline(tokenId, appId))) return
        throw error
      }
      wake()
      log.info({ appId }, 'device offline')
    },

    async list(tokenId: string): Promise<string[]> {
      return (await listDevices(database, tokenId)).map((device) => device.app_id)
    },
  }
}

function waiting(uuid: string, expiredTime: number, status: number) {
  return { uuid, headImgUrl: null, nickName: null, expiredTime, status, loginInfo: null }
}

function success(uuid: string, wxid: string, nickName: string) {
  const loginInfo = { uin: uinOf(wxid), wxid, nickName, mobile: '', alias: '' }
  return { uuid, headImgUrl: '', nickName, expiredTime: SUCCESS_SECONDS, status: 2, loginInfo }
}
