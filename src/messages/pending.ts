import { type Database, type Statement, statement } from '../database/database.ts'
import { livingHolders } from '../database/node.ts'
import type { Row } from '../database/tables.ts'
import type { Parcel } from './parcel.ts'
import type { Destination, SentMessage } from './send-inside.ts'

/** A message that is about to be handed to a network. */
export interface PendingMessage extends Destination, SentMessage {
  readonly fromWxid: string
  readonly parcel: Parcel
  /** The process that hands it over. */
  readonly holder: string
}

export type Outcome =
  | { readonly state: 'sent'; readonly remoteId: string | null }
  | { readonly state: 'failed' | 'unknown'; readonly failure: string }

/** The row that says so. */
export function insertPending({ sql }: Database, message: PendingMessage): Statement {
  const row = {
    app_id: message.appId,
    new_msg_id: message.newMsgId,
    msg_id: message.msgId,
    token_id: message.tokenId,
    direction: 'out' as const,
    from_wxid: message.fromWxid,
    to_wxid: message.toWxid,
    msg_type: message.parcel.msgType,
    content: message.parcel.content,
    file_id: message.parcel.media?.fileId ?? null,
    state: 'pending' as const,
    created_at: message.createdAt,
    holder: message.holder,
  }
  return statement(sql.insertInto('messages').values(row), 1)
}

/** What became of it. */
export function settlePending(
  { sql }: Database,
  newMsgId: number,
  appId: string,
  outcome: Outcome,
): Statement {
  const changes =
    outcome.state === 'sent'
      ? { state: outcome.state, remote_id: outcome.remoteId, failure: null }
      : { state: outcome.state, failure: outcome.failure }
  const update = sql
    .updateTable('messages')
    .set({ ...changes, holder: null })
    .where('new_msg_id', '=', newMsgId)
    .where('app_id', '=', appId)
  return statement(update, 1)
}

/** Messages of processes that died while they waited for the network: nobody will ever know. @returns them */
export function disownPending(
  database: Database,
): Promise<Pick<Row<'messages'>, 'token_id' | 'app_id' | 'to_wxid' | 'new_msg_id'>[]> {
  return database.sql
    .updateTable('messages')
    .set({ state: 'unknown', holder: null, failure: '网关在等待微信应答时中断' })
    .where('state', '=', 'pending')
    .where('holder', 'not in', livingHolders(database, Date.now()))
    .returning(['token_id', 'app_id', 'to_wxid', 'new_msg_id'])
    .execute()
}
