import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Row } from '../database/tables.ts'

export type JobRow = Row<'jobs'>

/**
 * The oldest due job of each lane in which none is claimed, lane by lane in the order of their names after `after`.
 * Steps from lane to lane over the index, so the cost grows with the lanes and not with the jobs that wait in them.
 */
export function findHeads(
  { sql }: Database,
  { after, now, limit }: { after: string; now: number; limit: number },
): Promise<JobRow[]> {
  return sql
    .withRecursive('walk(lane)', (db) =>
      db
        .selectNoFrom(({ selectFrom }) =>
          selectFrom('jobs')
            .select(({ fn }) => fn.min('lane').as('lane'))
            .where('lane', '>', after)
            .as('lane'),
        )
        .unionAll(
          db
            .selectFrom('walk')
            .select(({ selectFrom }) =>
              selectFrom('jobs')
                .select(({ fn }) => fn.min('jobs.lane').as('lane'))
                .whereRef('jobs.lane', '>', 'walk.lane')
                .as('lane'),
            )
            .where('walk.lane', 'is not', null),
        ),
    )
    .selectFrom('walk')
    .innerJoin('jobs', (join) =>
      join.on('jobs.id', '=', ({ selectFrom }) =>
        selectFrom('jobs as due')
          .select('due.id')
          .whereRef('due.lane', '=', 'walk.lane')
          .where('due.run_at', '<=', now)
          .orderBy('due.run_at')
          .orderBy('due.id')
          .limit(1),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('jobs as busy')
            .select('busy.id')
            .whereRef('busy.lane', '=', 'walk.lane')
            .where('busy.claimed_by', 'is not', null),
        ),
      ),
    )
    .selectAll('jobs')
    .limit(limit)
    .execute()
}

const claimStatement = prepared<{ id: number; runAt: number; holder: string; until: number }>((sql, values) =>
  sql
    .updateTable('jobs')
    .set({ claimed_by: values.holder, claimed_until: values.until })
    .where('id', '=', values.id)
    .where('claimed_by', 'is', null)
    .where('run_at', '=', values.runAt),
)

/**
 * Takes the job for `holder` unless another process was quicker with it or with another job of its lane: an index
 * allows one claim per lane.
 */
export async function claim(
  database: Database,
  row: JobRow,
  holder: string,
  until: number,
): Promise<boolean> {
  const query = claimStatement(database, { id: row.id, runAt: row.run_at, holder, until })
  try {
    const [result] = await database.atomically([{ query }])
    return result?.changes === 1
  } catch (error) {
    if (isFault(error, 'unique')) return false
    throw error
  }
}

const finishStatement = prepared<{ id: number; holder: string }>((sql, { id, holder }) =>
  sql.deleteFrom('jobs').where('id', '=', id).where('claimed_by', '=', holder),
)

/** Ends the job; its unit comes to nothing when the claim is no longer ours. */
export function finish(database: Database, id: number, holder: string): Statement {
  return { query: finishStatement(database, { id, holder }), changes: 1 }
}

/** Gives the claim back and puts the job off; its unit comes to nothing when the claim is no longer ours. */
export function postpone({ sql }: Database, id: number, holder: string, runAt: number): Statement {
  return statement(
    sql
      .updateTable('jobs')
      .set(({ eb }) => ({
        run_at: runAt,
        attempts: eb('attempts', '+', 1),
        claimed_by: null,
        claimed_until: 0,
      }))
      .where('id', '=', id)
      .where('claimed_by', '=', holder),
    1,
  )
}

/** Holds the claims longer. @returns the jobs that are still the holder's */
export async function renew(
  { sql }: Database,
  ids: readonly number[],
  holder: string,
  until: number,
): Promise<ReadonlySet<number>> {
  const kept = await sql
    .updateTable('jobs')
    .set({ claimed_until: until })
    .where('id', 'in', ids)
    .where('claimed_by', '=', holder)
    .returning('id')
    .execute()
  return new Set(kept.map(({ id }) => id))
}

/** Frees the jobs of a process that died: nobody renewed their claims. */
export async function releaseExpired({ sql }: Database, now: number): Promise<void> {
  await sql
    .updateTable('jobs')
    .set({ claimed_by: null, claimed_until: 0 })
    .where('claimed_by', 'is not', null)
    .where('claimed_until', '<=', now)
    .execute()
}

/** Frees what `holder` has claimed, without counting it as a try. */
export async function releaseHeld({ sql }: Database, holder: string): Promise<void> {
  await sql
    .updateTable('jobs')
    .set({ claimed_by: null, claimed_until: 0 })
    .where('claimed_by', '=', holder)
    .execute()
}

/**
 * Frees every claim. Only for a process that knows it is alone on the database, which is how an embedded SQLite
 * starts: what its former self held need not wait until the claims expire.
 */
export async function releaseAll({ sql }: Database): Promise<void> {
  await sql
    .updateTable('jobs')
    .set({ claimed_by: null, claimed_until: 0 })
    .where('claimed_by', 'is not', null)
    .execute()
}

/** Makes what waits due so much earlier, milliseconds, now that the clock is so much behind. */
export async function bringForward({ sql }: Database, now: number, byMs: number): Promise<void> {
  await sql
    .updateTable('jobs')
    .set(({ eb }) => ({ run_at: eb('run_at', '-', Math.round(byMs)) }))
    .where('run_at', '>', now)
    .execute()
}
