import type { Database } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Row } from '../database/tables.ts'
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

export const deviceUnknown = (appId: string) =>
  new GatewayError('device_unknown', {
    reason: `[${appId}]设备不存在；请用 /login/getLoginQrCode（appId 传空字符串）新建`,
  })

const deviceOffline = (appId: string) =>
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

/** A device that may receive, and whether it does now. */
export interface Receiver {
  readonly appId: string
  readonly wxid: string
  readonly online: boolean
}

/** Who sends, and who receives, inside the gateway. */
export interface InsideReach {
  readonly kind: 'inside'
  readonly wxid: string
  readonly nickName: string
  readonly channel: string
  readonly hasCallback: boolean
  /** Members of the chatroom that is written to, the sender included; undefined for a contact. */
  readonly members: readonly string[] | undefined
  readonly receivers: readonly Receiver[]
}

/** Who sends, and to whom, over a network beyond the process. */
export interface RemoteReach {
  readonly kind: 'remote'
  readonly wxid: string
  readonly channel: string
}

export type Reach = InsideReach | RemoteReach

const selectPair = prepared<{ tokenId: string; appId: string; toWxid: string }>((sql, of) =>
  sql
    .selectFrom('devices as sender')
    .leftJoin('devices as receiver', (join) =>
      join
        .onRef('receiver.token_id', '=', 'sender.token_id')
        .onRef('receiver.channel', '=', 'sender.channel')
        .on('receiver.wxid', '=', of.toWxid),
    )
    .leftJoin('callbacks', 'callbacks.token_id', 'sender.token_id')
    .select([
      'sender.wxid as wxid',
      'sender.nick_name as nickName',
      'sender.state as state',
      'sender.channel as channel',
      'receiver.app_id as receiverAppId',
      'receiver.state as receiverState',
      'callbacks.token_id as callback',
    ])
    .where('sender.token_id', '=', of.tokenId)
    .where('sender.app_id', '=', of.appId),
)

interface Pair extends Pick<Row<'devices'>, 'wxid' | 'state' | 'channel'> {
  nickName: string
  receiverAppId: string | null
  receiverState: string | null
  callback: string | null
}

/**
 * Whether the device can write to `toWxid` now, and who would receive it; one query for a contact. What a network
 * beyond the process allows is its own question.
 * @param isRemote of a channel's name
 * @throws {GatewayError} device_unknown, device_offline, receiver_unknown
 */
export async function findReach(
  database: Database,
  tokenId: string,
  appId: string,
  toWxid: string,
  isRemote: (channel: string) => boolean,
): Promise<Reach> {
  const { rows } = await database.sql.executeQuery(selectPair(database, { tokenId, appId, toWxid }))
  const pair = rows[0] as Pair | undefined
  if (!pair) throw deviceUnknown(appId)
  const { wxid, nickName, channel } = pair
  if (pair.state !== 'online' || wxid === null) throw deviceOffline(appId)
  if (isRemote(channel)) return { kind: 'remote', wxid, channel }
  const sender = { kind: 'inside' as const, wxid, nickName, channel, hasCallback: pair.callback !== null }
  if (toWxid === 'filehelper') return { ...sender, members: undefined, receivers: [] }
  if (toWxid.endsWith('@chatroom'))
    return { ...sender, ...(await chatroomReach(database, tokenId, toWxid, wxid)) }
  if (pair.receiverAppId === null || toWxid === wxid) throw receiverUnknown(toWxid, toWxid === wxid)
  const receiver = { appId: pair.receiverAppId, wxid: toWxid, online: pair.receiverState === 'online' }
  return { ...sender, members: undefined, receivers: [receiver] }
}

function receiverUnknown(toWxid: string, self: boolean): GatewayError {
  const shown = toWxid.slice(0, 64)
  const reason = self
    ? `${shown} 是设备自己，不能给自己发消息；可以发给 filehelper`
    : shown.startsWith('wx_')
      ? `${shown} 是 appId，请填接收人的 wxid（checkLogin 返回的 loginInfo.wxid）`
      : `找不到接收人 ${shown}，请用 /contacts/fetchContactsList 查看此设备可以发给谁`
  return new GatewayError('receiver_unknown', { reason })
}

async function chatroomReach(database: Database, tokenId: string, chatroomId: string, wxid: string) {
  const members = await findMembers(database, tokenId, chatroomId)
  const present = members.map((member) => member.wxid)
  if (!present.includes(wxid)) {
    throw new GatewayError('receiver_unknown', {
      reason: `群 ${chatroomId.slice(0, 64)} 不存在，或此设备不在群里，请用 /contacts/fetchContactsList 核对`,
    })
  }
  const receivers = members
    .filter((member) => member.wxid !== wxid)
    .map((member) => ({ appId: member.app_id, wxid: member.wxid, online: member.state === 'online' }))
  return { members: present, receivers }
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

/** How many remote devices stand how; `scan needed` are those whose session is dead. */
export async function countSessions({
  sql,
}: Database): Promise<
  readonly { readonly channel: string; readonly state: SessionState; readonly count: number }[]
> {
  const rows = await sql
    .selectFrom('sessions')
    .innerJoin('devices', 'devices.app_id', 'sessions.app_id')
    .select(['devices.channel', 'sessions.dead_since', 'sessions.failing_since'])
    .execute()
  const counts = new Map<string, { channel: string; state: SessionState; count: number }>()
  for (const { channel, dead_since, failing_since } of rows) {
    const state = dead_since !== null ? 'scan needed' : failing_since !== null ? 'failing' : 'online'
    const entry = counts.get(`${channel} ${state}`) ?? { channel, state, count: 0 }
    entry.count += 1
    counts.set(`${channel} ${state}`, entry)
  }
  return [...counts.values()]
}

export type SessionState = 'online' | 'failing' | 'scan needed'
