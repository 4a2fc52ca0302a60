import { sql as literal } from 'kysely'
import { type Database, type Statement, statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Row } from '../database/tables.ts'
import type { MessageState } from '../database/tables-messages.ts'
import type { Media } from '../media/media.ts'

export type MessageRow = Row<'messages'>

/** The use of media is noted no more often than this, milliseconds: it only matters to a retention counted in days. */
const TOUCH_MS = 3_600_000

/** A message as the row of one side of it. */
export interface NewMessage {
  readonly appId: string
  readonly newMsgId: number
  readonly msgId: number
  readonly tokenId: string
  readonly direction: 'out' | 'in'
  readonly fromWxid: string
  readonly toWxid: string
  readonly msgType: number
  readonly content: string
  /** Of its media; null for words. */
  readonly fileId: string | null
  readonly state: MessageState
  readonly createdAt: number
}

/** Inserts a message without media. */
export const insertWords = prepared<NewMessage>((sql, message) =>
  sql.insertInto('messages').values({
    app_id: message.appId,
    new_msg_id: message.newMsgId,
    msg_id: message.msgId,
    token_id: message.tokenId,
    direction: message.direction,
    from_wxid: message.fromWxid,
    to_wxid: message.toWxid,
    msg_type: message.msgType,
    content: message.content,
    file_id: message.fileId,
    state: message.state,
    created_at: message.createdAt,
  }),
)

/** Inserts nothing when the media are gone, so that the unit's guard undoes the send. */
export const insertMessage = prepared<NewMessage>((sql, message) =>
  sql
    .insertInto('messages')
    .columns([
      'app_id',
      'new_msg_id',
      'msg_id',
      'token_id',
      'direction',
      'from_wxid',
      'to_wxid',
      'msg_type',
      'content',
      'file_id',
      'state',
      'created_at',
    ])
    .expression(
      sql
        .selectFrom('media')
        .select(({ cast, val }) => [
          // PostgreSQL takes a bare parameter of a select for text.
          cast<string>(val(message.appId), 'text').as('app_id'),
          cast<number>(val(message.newMsgId), 'bigint').as('new_msg_id'),
          cast<number>(val(message.msgId), 'bigint').as('msg_id'),
          'token_id',
          cast<'out' | 'in'>(val(message.direction), 'text').as('direction'),
          cast<string>(val(message.fromWxid), 'text').as('from_wxid'),
          cast<string>(val(message.toWxid), 'text').as('to_wxid'),
          cast<number>(val(message.msgType), 'integer').as('msg_type'),
          cast<string>(val(message.content), 'text').as('content'),
          'file_id',
          cast<MessageState>(val(message.state), 'text').as('state'),
          cast<number>(val(message.createdAt), 'bigint').as('created_at'),
        ])
        .where('file_id', '=', message.fileId ?? '')
        .where('token_id', '=', message.tokenId),
    ),
)

/** A message that a network brought. Its media, if any, may still wait there. */
export function insertReceived(
  { sql }: Database,
  message: Omit<NewMessage, 'direction' | 'state'> & { readonly remoteId: string | null },
): Statement {
  const row = {
    app_id: message.appId,
    new_msg_id: message.newMsgId,
    msg_id: message.msgId,
    token_id: message.tokenId,
    direction: 'in' as const,
    from_wxid: message.fromWxid,
    to_wxid: message.toWxid,
    msg_type: message.msgType,
    content: message.content,
    file_id: message.fileId,
    state: 'received' as const,
    created_at: message.createdAt,
    remote_id: message.remoteId,
  }
  return statement(sql.insertInto('messages').values(row))
}

/** The largest id that a message has, 0 for none: ids go on from it even when the clock was set back. */
export async function latestMessageId({ sql }: Database): Promise<number> {
  const row = await sql
    .selectFrom('messages')
    .select(({ fn }) => fn.max('new_msg_id').as('latest'))
    .executeTakeFirst()
  return row?.latest ?? 0
}

/** Notes that media were used. */
export function touchMedia(
  { sql }: Database,
  tokenId: string,
  { fileId, lastUsedAt }: Pick<Media, 'fileId' | 'lastUsedAt'>,
  now: number,
): Statement[] {
  if (now - lastUsedAt <= TOUCH_MS) return []
  const touched = sql.updateTable('media').set({ last_used_at: now }).where('file_id', '=', fileId)
  return [statement(touched.where('token_id', '=', tokenId))]
}

/** Messages that the device sent to `toWxid` since `since`, the newest first; one page is more than anyone looks back. */
export function findSent(
  { sql }: Database,
  of: { tokenId: string; appId: string; toWxid: string; newMsgIds: { from: number; to: number } },
): Promise<MessageRow[]> {
  return sql
    .selectFrom('messages')
    .selectAll()
    .where('app_id', '=', of.appId)
    .where('token_id', '=', of.tokenId)
    .where('direction', '=', 'out')
    .where('to_wxid', '=', of.toWxid)
    .where('new_msg_id', '>=', of.newMsgIds.from)
    .where('new_msg_id', '<=', of.newMsgIds.to)
    .orderBy('new_msg_id', 'desc')
    .limit(10_000)
    .execute()
}

/** The other sides of a message. */
export function findReceived({ sql }: Database, tokenId: string, newMsgId: number): Promise<MessageRow[]> {
  return sql
    .selectFrom('messages')
    .selectAll()
    .where('new_msg_id', '=', newMsgId)
    .where('direction', '=', 'in')
    .where('token_id', '=', tokenId)
    .execute()
}

/** Messages that wait for the device to come online, the oldest first. */
export function findHeld({ sql }: Database, appId: string, limit: number): Promise<MessageRow[]> {
  return sql
    .selectFrom('messages')
    .selectAll()
    .where('app_id', '=', appId)
    .where('state', '=', literal.lit<'held'>('held'))
    .orderBy('new_msg_id')
    .limit(limit)
    .execute()
}

/** Devices, or that one, for which messages wait although they are online. */
export function findDevicesWithHeld(
  { sql }: Database,
  appId: string | undefined,
): Promise<{ app_id: string }[]> {
  const held = sql
    .selectFrom('messages')
    .select('app_id')
    .distinct()
    .where('state', '=', literal.lit<'held'>('held'))
  return sql
    .selectFrom('devices')
    .select('app_id')
    .where('state', '=', 'online')
    .where('app_id', 'in', appId === undefined ? held : held.where('app_id', '=', appId))
    .execute()
}

/** Moves one side of a message from one of `from` to `to`; the unit fails when it is in no such state. */
export function moveMessage(
  { sql }: Database,
  { app_id, new_msg_id }: MessageRow,
  from: readonly MessageState[],
  to: MessageState,
): Statement {
  const update = sql
    .updateTable('messages')
    .set({ state: to })
    .where('app_id', '=', app_id)
    .where('new_msg_id', '=', new_msg_id)
    .where('state', 'in', [...from])
  return statement(update, 1)
}
