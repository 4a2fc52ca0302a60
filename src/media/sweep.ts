import { type Database, statement } from '../database/database.ts'
import type { JobHandler, NewJob } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import type { Store } from './store.ts'

/** The kind of the one job that tidies up. */
export const SWEEP = 'media.sweep'
const DAY_MS = 24 * 3600 * 1000
/** A blob without a row may belong to a send of another process that is just storing it. */
const IN_FLIGHT_MS = 3600 * 1000
/** Validators of links that nobody sends any more. */
const SOURCE_DAYS = 90
/** An upload that nobody has sent goes when no link to it is good any more. */
const UNSENT_DAYS = 7
/** A network tells a message again within minutes, if at all. */
const INBOX_DAYS = 7
const BATCH = 500

interface Sweep {
  readonly store: Store
  /** 0 keeps everything. */
  readonly retentionDays: number
  readonly log: Log
  readonly now?: () => number
  /** Told when media went away. */
  readonly onDropped: () => void
  /** What other rooms tidy up at the same time. */
  readonly also: () => Promise<void>
}

/** There is one such job, whose id no other can have. */
export const sweepJob = (runAt: number): NewJob => ({ id: 1, kind: SWEEP, lane: SWEEP, payload: {}, runAt })

/**
 * Once a day: drops media that nobody used for `retentionDays`, uploads that nobody sent, and bytes that no row knows.
 */
export function createSweep(options: Sweep): JobHandler {
  const { store, retentionDays, log, onDropped, also, now = Date.now } = options
  return async () => {
    const dropped = await dropUnused(store, now(), retentionDays)
    if (dropped > 0) {
      onDropped()
      log.info({ dropped, retentionDays }, 'media dropped')
    }
    await store.database.sql
      .deleteFrom('sources')
      .where('checked_at', '<', now() - SOURCE_DAYS * DAY_MS)
      .execute()
    await dropForgotten(store, now(), retentionDays)
    await sweepOrphans(store, now() - IN_FLIGHT_MS)
    await also()
    return { retryAt: now() + DAY_MS }
  }
}

/**
 * Drops media not used for `retentionDays`, except what a pending message needs, then the blobs that no media use.
 * @returns how many media
 */
async function dropUnused({ database, blobs }: Store, now: number, retentionDays: number): Promise<number> {
  const { sql } = database
  const pending = sql
    .selectFrom('messages')
    .select('file_id')
    .where('state', 'in', ['pending', 'held'])
    .where('file_id', 'is not', null)
  const unused = sql
    .deleteFrom('media')
    .where('last_used_at', '<', retentionDays === 0 ? 0 : now - retentionDays * DAY_MS)
    .where('file_id', 'not in', pending)
  const orphaned = sql
    .deleteFrom('blobs')
    .where('created_at', '<', now - Math.min(retentionDays || UNSENT_DAYS, UNSENT_DAYS) * DAY_MS)
    .where('blob_key', 'not in', sql.selectFrom('media').select('body_key'))
    // NOT IN is never true beside a NULL.
    .where(
      'blob_key',
      'not in',
      sql
        .selectFrom('media')
        .select('thumb_key')
        .where('thumb_key', 'is not', null)
        .$castTo<{ thumb_key: string }>(),
    )
    .returning('blob_key')
  const [media, rows] = await database.atomically([statement(unused), statement(orphaned)])
  for (const row of (rows?.rows ?? []) as { blob_key: string }[]) await blobs.delete(row.blob_key)
  return media?.changes ?? 0
}

/** Rows that only help while something else is young, or is there at all. */
async function dropForgotten({ database }: Store, now: number, retentionDays: number): Promise<void> {
  const { sql } = database
  const gone = sql.deleteFrom('uploads').where('file_id', 'not in', sql.selectFrom('media').select('file_id'))
  await gone.execute()
  await sql
    .deleteFrom('inbox')
    .where('received_at', '<', now - INBOX_DAYS * DAY_MS)
    .execute()
  if (retentionDays === 0) return
  await sql
    .deleteFrom('remote_files')
    .where('created_at', '<', now - retentionDays * DAY_MS)
    .execute()
}

/**
 * Deletes blobs committed before `cutoff` that no row knows: a process died between the two.
 * @returns how many
 */
export async function sweepOrphans({ database, blobs }: Store, cutoff: number): Promise<number> {
  let swept = 0
  let batch: string[] = []
  const sweepBatch = async () => {
    const known = await knownKeys(database, batch)
    for (const key of batch) {
      if (known.has(key)) continue
      await blobs.delete(key)
      swept += 1
    }
    batch = []
  }
  for await (const { key, committedAt } of blobs.list()) {
    if (committedAt >= cutoff) continue
    batch.push(key)
    if (batch.length === BATCH) await sweepBatch()
  }
  if (batch.length > 0) await sweepBatch()
  return swept
}

async function knownKeys({ sql }: Database, keys: readonly string[]): Promise<Set<string>> {
  const rows = await sql
    .selectFrom('blobs')
    .select('blob_key')
    .where('blob_key', 'in', [...keys])
    .execute()
  return new Set(rows.map((row) => row.blob_key))
}
