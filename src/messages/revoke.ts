import type { Channel } from '../channels/channel.ts'
import { isFault } from '../database/database.ts'
import { onlineDevice } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'
import { firstIdAt, msgIdOf } from '../ids.ts'
import type { Log } from '../log.ts'
import { findReceived, findSent, type MessageRow, moveMessage } from './queries.ts'
import { renderRevokeMessage } from './revokemsg.ts'
import type { Destination } from './send-inside.ts'
import { type TellDeps, tell } from './tell.ts'

/** WeChat's own limit, which the contract's error words speak of (2.4), milliseconds. */
const WINDOW_MS = 120_000
/** WeChat's MsgType of a notice. */
const NOTICE = 10_002
/** A reader that keeps 15 digits of our 16 is off by less than this. */
const ROUNDING = 10
/** `msgId` names one message only for so long, milliseconds; see msgIdOf. */
const MSG_ID_MS = 240_000

export interface RevokeDeps extends TellDeps {
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Log
}

/** Ids as clients send them back: number, text, rounded, or not at all (contract 2.4). */
export interface RevokeIds {
  readonly msgId: number | string | null | undefined
  readonly newMsgId: number | string | null | undefined
}

/**
 * Withdraws what the device sent to `toWxid`; the receivers' servers are told. A message that is withdrawn already
 * stays so, without an error.
 * @throws {GatewayError} device_unknown, device_offline, channel_unsupported, message_unknown, revoke_expired
 */
export async function revoke(deps: RevokeDeps, to: Destination, ids: RevokeIds): Promise<void> {
  const { database, log } = deps
  const device = await onlineDevice(database, to.tokenId, to.appId)
  if (deps.channels.get(device.channel)?.capabilities.revoke === false) {
    throw new GatewayError('channel_unsupported', {
      reason: `此设备所在的 ${device.channel} 通道没有撤回功能，消息发出后不能收回`,
    })
  }
  const message = await findMessage(deps, to, ids)
  if (message.state === 'revoked') return
  if (Date.now() - message.created_at > WINDOW_MS) throw new GatewayError('revoke_expired')
  const received = await findReceived(database, to.tokenId, message.new_msg_id)
  const statements = [
    moveMessage(database, message, ['sent'], 'revoked'),
    ...received.flatMap((row) => [
      moveMessage(database, row, ['received', 'held'], 'revoked'),
      // Nobody was told of a message that still waits, so nobody need be told that it is gone.
      ...(row.state === 'held'
        ? []
        : tell(deps, { ...noticeFacts(deps, row, device.wxid, device.nick_name) })),
    ]),
  ]
  try {
    await database.atomically(statements)
  } catch (error) {
    // Two calls at once: the other one has withdrawn it.
    if (!isFault(error, 'guard')) throw error
    return
  }
  deps.wake()
  const newMsgId = message.new_msg_id
  deps.feed.publish(to.tokenId, 'message', { appId: to.appId, peer: to.toWxid, newMsgId })
  for (const { app_id: appId, from_wxid: peer } of received) {
    deps.feed.publish(to.tokenId, 'message', { appId, peer, newMsgId })
  }
  log.info({ newMsgId: message.new_msg_id, appId: to.appId, state: 'revoked' }, 'message revoked')
}

async function findMessage({ database }: RevokeDeps, to: Destination, ids: RevokeIds): Promise<MessageRow> {
  const newMsgId = idOf(ids.newMsgId)
  const msgId = idOf(ids.msgId)
  if (newMsgId !== undefined) {
    const near = { from: newMsgId - ROUNDING + 1, to: newMsgId + ROUNDING - 1 }
    const rows = await findSent(database, { ...to, newMsgIds: near })
    const exact = rows.find((row) => row.new_msg_id === newMsgId)
    const rounded = rows.filter((row) => msgId === undefined || row.msg_id === msgId)
    const found = exact ?? (rounded.length === 1 ? rounded[0] : undefined)
    if (found) return found
  }
  if (msgId !== undefined) {
    const recent = { from: firstIdAt(Date.now() - MSG_ID_MS), to: Number.MAX_SAFE_INTEGER }
    const rows = await findSent(database, { ...to, newMsgIds: recent })
    const found = rows.find((row) => row.msg_id === msgId)
    if (found) return found
  }
  throw new GatewayError('message_unknown', {
    reason: '找不到这条消息：请核对 toWxid，并使用发送接口返回的 newMsgId 和 msgId',
  })
}

function idOf(value: number | string | null | undefined): number | undefined {
  const id = typeof value === 'string' ? Number(value.trim() || Number.NaN) : (value ?? Number.NaN)
  return Number.isFinite(id) && id >= 1 && id <= Number.MAX_SAFE_INTEGER ? Math.round(id) : undefined
}

/** The notice that a receiver gets instead of its message (contract 3.3). */
function noticeFacts({ ids }: RevokeDeps, row: MessageRow, senderWxid: string, nickName: string) {
  const inChatroom = row.from_wxid !== senderWxid
  const xml = renderRevokeMessage({
    session: row.from_wxid,
    msgId: row.msg_id,
    newMsgId: row.new_msg_id,
    replaceText: `"${nickName}" 撤回了一条消息`,
  })
  const newMsgId = ids.next()
  return {
    tokenId: row.token_id,
    appId: row.app_id,
    fromWxid: row.from_wxid,
    toWxid: row.to_wxid,
    content: inChatroom ? `${senderWxid}:\n${xml}` : xml,
    msgType: NOTICE,
    msgId: msgIdOf(newMsgId),
    newMsgId,
    createdAt: Date.now(),
  }
}
