import type { Expression, Kysely } from 'kysely'
import type { Database, Statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Tables } from '../database/tables.ts'
import type { NewJob } from './job.ts'

type Enqueue = (database: Database, job: NewJob) => Statement

/** The job as a statement for the unit of the fact that causes it. Call `wake` once that unit is committed. */
export const enqueue: Enqueue = enqueueIfFound(undefined)

/**
 * Like `enqueue`, but the statement adds the job only when a query finds a row at that point of the unit.
 * @param query is given the job's id, to stand where a value of its type may stand
 */
export function enqueueIfFound(
  query: ((sql: Kysely<Tables>, job: { readonly id: number }) => Expression<unknown>) | undefined,
): Enqueue {
  const insert = prepared<Omit<NewJob, 'payload'> & { payload: string }>((sql, job) => {
    const row = sql.selectNoFrom(({ cast, val, lit }) => [
      // PostgreSQL takes a bare parameter of a select for text.
      cast<number>(val(job.id), 'bigint').as('id'),
      cast<string>(val(job.kind), 'text').as('kind'),
      cast<string>(val(job.lane), 'text').as('lane'),
      cast<string>(val(job.payload), 'text').as('payload'),
      cast<number>(val(job.runAt), 'bigint').as('run_at'),
      lit(0).as('attempts'),
      lit(0).as('claimed_until'),
    ])
    return sql
      .insertInto('jobs')
      .columns(['id', 'kind', 'lane', 'payload', 'run_at', 'attempts', 'claimed_until'])
      .expression(query ? row.where(({ exists }) => exists(query(sql, job))) : row)
  })
  return (database, job) => ({ query: insert(database, { ...job, payload: JSON.stringify(job.payload) }) })
}
