import { type Database, isFault, statement } from '../database/database.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { DELIVERY, type DeliveryPayload } from './record.ts'

/**
 * Owes an event once more, or tries one that is still owed at once. One that is more than a day old has one more
 * attempt.
 * @returns whether the token has such an event
 */
export async function sendAgain(database: Database, tokenId: string, eventId: number): Promise<boolean> {
  const { sql } = database
  const event = await sql
    .selectFrom('events')
    .select(['app_id', 'state'])
    .where('id', '=', eventId)
    .where('token_id', '=', tokenId)
    .executeTakeFirst()
  if (!event) return false
  const now = Date.now()
  const payload: DeliveryPayload = { eventId }
  const job = { id: eventId, kind: DELIVERY, lane: `callback:${event.app_id}`, payload, runAt: now }
  const owe = sql
    .updateTable('events')
    .set({ state: 'owed', settled_at: null })
    .where('id', '=', eventId)
    .where('token_id', '=', tokenId)
  try {
    await database.atomically([statement(owe.where('state', '!=', 'owed'), 1), enqueue(database, job)])
  } catch (error) {
    // It is owed already: its job need only not wait.
    if (!isFault(error, 'guard') && !isFault(error, 'unique')) throw error
    await sql
      .updateTable('jobs')
      .set({ run_at: now })
      .where('id', '=', eventId)
      .where('claimed_by', 'is', null)
      .execute()
  }
  return true
}
