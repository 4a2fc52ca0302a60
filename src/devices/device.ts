import { createHash, randomBytes } from 'node:crypto'
import type { Row } from '../database/tables.ts'

export type Device = Row<'devices'>

/** A device that has logged in at least once, and so has a name others can write to. */
export type NamedDevice = Device & { readonly wxid: string }

export const isNamed = (device: Device): device is NamedDevice => device.wxid !== null

/** The account that takes files and notes to oneself; every device reaches it. */
export const FILE_HELPER = 'filehelper'

/** Whether an id names a chatroom. */
export const isChatroomId = (wxid: string): boolean => wxid.endsWith('@chatroom')

/** A device that nobody has logged in yet. */
export function newDevice(tokenId: string, channel: string, now: number): Device {
  const appId = newAppId()
  return {
    app_id: appId,
    token_id: tokenId,
    channel,
    wxid: null,
    nick_name: `鸿雁${appId.slice(-4)}`,
    state: 'new',
    login_uuid: null,
    login_expires_at: 0,
    created_at: now,
  }
}

/** `wx_` and 21 letters or digits (contract 2). */
function newAppId(): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'
  return `wx_${[...randomBytes(21)].map((byte) => alphabet[byte % alphabet.length]).join('')}`
}

/** A chatroom id: 11 digits and `@chatroom`. */
export function newChatroomId(): string {
  return `${10_000_000_000 + Number(randomBytes(6).readUIntBE(0, 6) % 90_000_000_000)}@chatroom`
}

/** The number WeChat calls uin: 31 bits that stay the same for an account. */
export function uinOf(wxid: string): number {
  return createHash('sha256').update(wxid).digest().readUInt32BE(0) >>> 1
}
