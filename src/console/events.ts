import { sql as literal } from 'kysely'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import type { EventState, EventView } from './schema.ts'

type EventRow = Pick<
  Row<'events'>,
  'id' | 'app_id' | 'new_msg_id' | 'state' | 'attempts' | 'created_at' | 'settled_at'
>

interface EventPage {
  readonly tokenId: string
  /** Only what is older than this id. */
  readonly before: number
  readonly limit: number
  readonly state: EventState | undefined
}

/** Events of a token, the newest first. */
export async function findEvents(database: Database, page: EventPage): Promise<EventView[]> {
  const rows = await newestEvents(database, page).execute()
  return rows.map((row) => viewEvent(row, row))
}

/** The same, as a query. */
export function newestEvents({ sql }: Database, of: EventPage) {
  return (
    sql
      .selectFrom('events')
      .leftJoin('attempts', (join) =>
        join.onRef('attempts.event_id', '=', 'events.id').onRef('attempts.number', '=', 'events.attempts'),
      )
      .select(['events.id', 'events.app_id', 'events.new_msg_id', 'events.state', 'events.attempts'])
      .select(['events.created_at', 'events.settled_at', 'attempts.status', 'attempts.error'])
      .where('events.token_id', '=', of.tokenId)
      .where('events.id', '<', of.before)
      // A literal, so that the partial indexes serve.
      .$if(of.state !== undefined, (query) =>
        query.where('events.state', '=', literal.lit(of.state ?? 'owed')),
      )
      .orderBy('events.id', 'desc')
      .limit(of.limit)
  )
}

/** One event with its body and attempts, the newest first. */
export async function findEvent({ sql }: Database, tokenId: string, id: number) {
  const row = await sql
    .selectFrom('events')
    .selectAll()
    .where('id', '=', id)
    .where('token_id', '=', tokenId)
    .executeTakeFirst()
  if (!row) return undefined
  const attempts = await sql
    .selectFrom('attempts')
    .select(['number', 'at', 'duration_ms as duration', 'status', 'error'])
    .where('event_id', '=', id)
    .orderBy('number', 'desc')
    .limit(100)
    .execute()
  return { event: viewEvent(row, attempts[0]), body: row.body, attempts }
}

/** How many events of the token are owed, and how many were given up. */
export async function countEvents({ sql }: Database, tokenId: string) {
  const count = async (state: 'owed' | 'failed') => {
    const row = await sql
      .selectFrom('events')
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .where('token_id', '=', tokenId)
      .where('state', '=', literal.lit(state))
      .executeTakeFirst()
    // PostgreSQL counts in bigint.
    return Number(row?.count ?? 0)
  }
  return { owed: await count('owed'), failed: await count('failed') }
}

function viewEvent(
  row: EventRow,
  last: { readonly status: number | null; readonly error: string | null } | undefined,
): EventView {
  return {
    id: row.id,
    appId: row.app_id,
    newMsgId: row.new_msg_id,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    lastStatus: last?.status ?? null,
    lastError: last?.error ?? null,
  }
}
