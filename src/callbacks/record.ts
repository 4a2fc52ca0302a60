import { sql as literal } from 'kysely'
import type { Database, Statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import { enqueueIfFound } from '../jobs/enqueue.ts'

/** The kind of the jobs that deliver events. */
export const DELIVERY = 'callback'

/** What a delivery job carries. */
export interface DeliveryPayload {
  readonly eventId: number
}

export interface OwedEvent {
  /** Of ids.ts. */
  readonly id: number
  readonly tokenId: string
  readonly appId: string
  /** Of the message it tells of, or null. */
  readonly newMsgId: number | null
  /** Of event.ts; every attempt sends exactly this text. */
  readonly body: string
  /** Unix milliseconds; the attempts end a day later. */
  readonly createdAt: number
}

const insertEvent = prepared<OwedEvent>((sql, event) =>
  sql
    .insertInto('events')
    .columns(['id', 'token_id', 'app_id', 'new_msg_id', 'body', 'state', 'attempts', 'created_at'])
    .expression(
      sql
        .selectFrom('callbacks')
        .select(({ cast, val, lit }) => [
          // PostgreSQL takes a bare parameter of a select for text.
          cast<number>(val(event.id), 'bigint').as('id'),
          'token_id',
          cast<string>(val(event.appId), 'text').as('app_id'),
          cast<number | null>(val(event.newMsgId), 'bigint').as('new_msg_id'),
          cast<string>(val(event.body), 'text').as('body'),
          literal<'owed'>`'owed'`.as('state'),
          lit(0).as('attempts'),
          cast<number>(val(event.createdAt), 'bigint').as('created_at'),
        ])
        .where('token_id', '=', event.tokenId),
    ),
)

const enqueueIfRecorded = enqueueIfFound((sql, { id }) =>
  sql.selectFrom('events').select('events.id').where('events.id', '=', id),
)

/**
 * The event and the job that delivers it, for the unit of the fact it tells of. Both come to nothing when the token
 * has no callback at that moment, so nobody needs to ask before. Events of one device go out in the order of their
 * time, then of their ids.
 */
export function record(database: Database, event: OwedEvent): readonly Statement[] {
  const { id, appId, createdAt } = event
  const payload: DeliveryPayload = { eventId: id }
  const job = { id, kind: DELIVERY, lane: `callback:${appId}`, payload, runAt: createdAt }
  return [{ query: insertEvent(database, event) }, enqueueIfRecorded(database, job)]
}
