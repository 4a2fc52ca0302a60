import { type Database, type Statement, statement } from '../database/database.ts'
import { livingHolders } from '../database/node.ts'
import type { Session } from './session-queries.ts'

export type Polling = ReturnType<typeof createPolling>

/**
 * Which process polls which session: one at a time, over all that share the database. A session is named by its
 * credentials too, so that nothing meant for one login touches the next.
 * @param holder names this process
 */
export function createPolling(database: Database, holder: string) {
  const { sql } = database
  const updating = ({ app_id, credentials }: Session) =>
    sql.updateTable('sessions').where('app_id', '=', app_id).where('credentials', '=', credentials)

  return {
    /** Live sessions that no living process polls, and dead ones whose turn it is to be asked. */
    async waiting(): Promise<Session[]> {
      const now = Date.now()
      return sql
        .selectFrom('sessions')
        .selectAll()
        .where((is) => is.or([is('dead_since', 'is', null), is('probe_at', '<=', now)]))
        .where((is) =>
          is.or([is('holder', 'is', null), is('holder', 'not in', livingHolders(database, now))]),
        )
        .execute()
    },

    /** The credentials that this process polls with, by device. */
    async held(): Promise<ReadonlyMap<string, string>> {
      const rows = await sql
        .selectFrom('sessions')
        .select(['app_id', 'credentials'])
        .where('holder', '=', holder)
        .execute()
      return new Map(rows.map(({ app_id, credentials }) => [app_id, credentials]))
    },

    /** Makes this process the one that polls. @returns whether it is */
    async claim(session: Session): Promise<boolean> {
      const now = Date.now()
      const { numUpdatedRows } = await updating(session)
        .set({ holder })
        .where('dead_since', 'is', null)
        .where((is) =>
          is.or([is('holder', 'is', null), is('holder', 'not in', livingHolders(database, now))]),
        )
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },

    /** Lets other processes poll it. */
    async release(session: Session): Promise<void> {
      await updating(session).set({ holder: null }).where('holder', '=', holder).execute()
    },

    /** Lets other processes poll all that this one does. */
    async releaseAll(): Promise<void> {
      await sql.updateTable('sessions').set({ holder: null }).where('holder', '=', holder).execute()
    },

    /** For the unit of what a poll brought; fails it when this process polls no longer. */
    advanced(session: Session, cursor: string, holdMs: number | null): Statement {
      const update = updating(session)
        .set({ cursor, hold_ms: holdMs, failing_since: null })
        .where('holder', '=', holder)
      return statement(update, 1)
    },

    /** Notes since when polls fail, or that they do no longer. */
    async failing(session: Session, since: number | null): Promise<void> {
      await updating(session).set({ failing_since: since }).execute()
    },
  }
}
