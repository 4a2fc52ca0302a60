import type { Database } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'
import { FILE_HELPER, isChatroomId } from './device.ts'
import { deviceOffline, deviceUnknown, findMembers } from './queries.ts'

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
  if (toWxid === FILE_HELPER) return { ...sender, members: undefined, receivers: [] }
  if (isChatroomId(toWxid)) return { ...sender, ...(await chatroomReach(database, tokenId, toWxid, wxid)) }
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
