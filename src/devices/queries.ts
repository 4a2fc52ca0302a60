import type { Database } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { type Device, isNamed, type NamedDevice } from './device.ts'

/** The token's device. */
export function findDevice({ sql }: Database, tokenId: string, appId: string): Promise<Device | undefined> {
  return sql
    .selectFrom('devices')
    .selectAll()
    .where('token_id', '=', tokenId)
    .where('app_id', '=', appId)
    .executeTakeFirst()
}

/** A device of whatever token, for work that no caller asked for. */
export function findAnyDevice({ sql }: Database, appId: string): Promise<Device | undefined> {
  return sql.selectFrom('devices').selectAll().where('app_id', '=', appId).executeTakeFirst()
}

export async function insertDevice({ sql }: Database, device: Device): Promise<void> {
  await sql.insertInto('devices').values(device).execute()
}

/** Takes back a device that was made for a login which did not begin. */
export async function deleteNewDevice({ sql }: Database, appId: string): Promise<void> {
  await sql.deleteFrom('devices').where('app_id', '=', appId).where('state', '=', 'new').execute()
}

export const deviceUnknown = (appId: string) =>
  new GatewayError('device_unknown', {
    reason: `[${appId}]设备不存在；请用 /login/getLoginQrCode（appId 传空字符串）新建`,
  })

export const deviceOffline = (appId: string) =>
  new GatewayError('device_offline', { reason: `[${appId}]设备不在线，请先调用 /login/getLoginQrCode 登录` })

/** @throws {GatewayError} device_unknown */
export async function ownDevice(database: Database, tokenId: string, appId: string): Promise<Device> {
  const device = await findDevice(database, tokenId, appId)
  if (!device) throw deviceUnknown(appId)
  return device
}

/** @throws {GatewayError} device_unknown, device_offline */
export async function onlineDevice(database: Database, tokenId: string, appId: string): Promise<NamedDevice> {
  const device = await ownDevice(database, tokenId, appId)
  if (device.state !== 'online' || !isNamed(device)) throw deviceOffline(appId)
  return device
}

/** All devices of the token, the oldest first. */
export function listDevices({ sql }: Database, tokenId: string): Promise<Device[]> {
  return sql.selectFrom('devices').selectAll().where('token_id', '=', tokenId).orderBy('created_at').execute()
}

/** The devices in a chatroom of the token. */
export async function findMembers(
  { sql }: Database,
  tokenId: string,
  chatroomId: string,
): Promise<NamedDevice[]> {
  const rows = await sql
    .selectFrom('chatroom_members')
    .innerJoin('chatrooms', 'chatrooms.chatroom_id', 'chatroom_members.chatroom_id')
    .innerJoin('devices', 'devices.wxid', 'chatroom_members.wxid')
    .selectAll('devices')
    .where('chatrooms.chatroom_id', '=', chatroomId)
    .where('chatrooms.token_id', '=', tokenId)
    .where('devices.token_id', '=', tokenId)
    .orderBy('devices.created_at')
    .execute()
  return rows.filter(isNamed)
}

/** People who wrote to a remote device, in the order of their first message. */
export function findContacts(
  { sql }: Database,
  appId: string,
): Promise<{ wxid: string; nick_name: string }[]> {
  return sql
    .selectFrom('contacts')
    .select(['wxid', 'nick_name'])
    .where('app_id', '=', appId)
    .orderBy('created_at')
    .execute()
}
