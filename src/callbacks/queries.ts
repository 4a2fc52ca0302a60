import { sql as literal } from 'kysely'
import { type Database, type Statement, statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { EventTable } from '../database/tables-messages.ts'

/** The token's present callback URL. */
export async function callbackOf({ sql }: Database, tokenId: string): Promise<string | undefined> {
  const row = await sql
    .selectFrom('callbacks')
    .select('url')
    .where('token_id', '=', tokenId)
    .executeTakeFirst()
  return row?.url
}

/** Sets or replaces the token's callback URL. */
export async function saveCallback(
  { sql }: Database,
  tokenId: string,
  url: string,
  now: number,
): Promise<void> {
  await sql
    .insertInto('callbacks')
    .values({ token_id: tokenId, url, set_at: now })
    .onConflict((conflict) => conflict.column('token_id').doUpdateSet({ url, set_at: now }))
    .execute()
}

/** An event that is still owed, and where its token wants it now. */
export function findOwed({ sql }: Database, eventId: number) {
  return sql
    .selectFrom('events')
    .leftJoin('callbacks', 'callbacks.token_id', 'events.token_id')
    .selectAll('events')
    .select('callbacks.url')
    .where('events.id', '=', eventId)
    .where('events.state', '=', 'owed')
    .executeTakeFirst()
}

export interface Attempt {
  readonly eventId: number
  /** 1 for the first. */
  readonly number: number
  readonly at: number
  readonly durationMs: number
  /** HTTP status, or null where no answer came; then `error` says why. */
  readonly status: number | null
  readonly error: string | null
}

const insertAttempt = prepared<Attempt>((sql, attempt) =>
  sql.insertInto('attempts').values({
    event_id: attempt.eventId,
    number: attempt.number,
    at: attempt.at,
    duration_ms: attempt.durationMs,
    status: attempt.status,
    error: attempt.error,
  }),
)

/** One attempt and what the event is after it, for the unit of the job's outcome. */
export function attempted(
  database: Database,
  attempt: Attempt,
  state: EventTable['state'],
): readonly Statement[] {
  const settledAt = state === 'owed' ? null : attempt.at + attempt.durationMs
  return [
    { query: insertAttempt(database, attempt) },
    statement(
      database.sql
        .updateTable('events')
        .set({ state, attempts: attempt.number, settled_at: settledAt })
        .where('id', '=', attempt.eventId),
    ),
  ]
}

/** When the oldest event happened that is not yet delivered nor given up, Unix milliseconds. */
export async function oldestOwedAt({ sql }: Database): Promise<number | undefined> {
  const row = await sql
    .selectFrom('events')
    .select('created_at')
    // A literal, so that the partial index serves.
    .where('state', '=', literal<'owed'>`'owed'`)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.created_at
}
