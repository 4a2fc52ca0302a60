import type { Channel } from '../channels/channel.ts'
import type { Database } from '../database/database.ts'
import type { MessageState } from '../database/tables-messages.ts'
import { ownDevice } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'

/** What became of a message that was sent. */
export interface StateReply {
  newMsgId: number
  toWxid: string
  /** `accepted`: the network took it and gave it no id. */
  state: MessageState | 'accepted'
  /** The network's own id for it; empty where it gave none, or where there is no network. */
  remoteId: string
  /** Why it failed or is unknown; otherwise empty. */
  reason: string
  /** Unix seconds. */
  createTime: number
}

/**
 * What is known of a message that the device sent, for a caller whose request broke off, or that was told `unknown`.
 * @throws {GatewayError} device_unknown, message_unknown
 */
export async function messageState(
  { database, channels }: { readonly database: Database; readonly channels: ReadonlyMap<string, Channel> },
  tokenId: string,
  appId: string,
  newMsgId: number | string,
): Promise<StateReply> {
  const device = await ownDevice(database, tokenId, appId)
  const id = Number(newMsgId)
  const message = Number.isSafeInteger(id)
    ? await database.sql
        .selectFrom('messages')
        .selectAll()
        .where('new_msg_id', '=', id)
        .where('app_id', '=', appId)
        .where('token_id', '=', tokenId)
        .where('direction', '=', 'out')
        .executeTakeFirst()
    : undefined
  if (!message) {
    throw new GatewayError('message_unknown', { reason: '找不到这条消息：请使用发送接口返回的 newMsgId' })
  }
  const isRemote = channels.get(device.channel)?.kind === 'remote'
  const accepted = message.state === 'sent' && message.remote_id === null && isRemote
  return {
    newMsgId: message.new_msg_id,
    toWxid: message.to_wxid,
    state: accepted ? 'accepted' : message.state,
    remoteId: message.remote_id ?? '',
    reason: message.failure ?? '',
    createTime: Math.floor(message.created_at / 1000),
  }
}
