import { setTimeout as pause } from 'node:timers/promises'
import { type Database, isFault } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { Job, JobHandler, JobOutcome } from './job.ts'
import { finish, type JobRow, postpone } from './queries.ts'

const MAX_BACKOFF_MS = 600_000
/** How long after an outcome could not be written it is tried again, milliseconds. */
const UNWRITTEN_MS = 1000

export interface Runner {
  readonly database: Database
  readonly holder: string
  readonly handlers: Readonly<Record<string, JobHandler>>
  readonly log: Log
  readonly now: () => number
}

/**
 * Runs a claimed job and writes its outcome, as soon as the database takes it. Never rejects. A job whose run was
 * aborted is left as it is.
 */
export async function run(runner: Runner, row: JobRow, signal: AbortSignal): Promise<void> {
  const { log } = runner
  const about = { job: row.id, kind: row.kind, lane: row.lane, attempts: row.attempts }
  const later = () => runner.now() + backoff(row.attempts)
  let outcome: JobOutcome
  try {
    outcome = await handle(runner, row, signal)
  } catch (error) {
    if (signal.aborted) return
    log.error({ ...about, err: error }, 'a job failed and will be tried again')
    outcome = { retryAt: later() }
  }
  try {
    await settle(runner, row.id, outcome)
  } catch (error) {
    if (isFault(error, 'guard')) {
      log.warn(about, 'a job was no longer ours when it ended')
      return
    }
    log.error({ ...about, err: error }, 'the outcome of a job could not be written')
    // The facts beside the outcome may be the fault; without them the job at least waits.
    while (!signal.aborted && !(await isPutOff(runner, row.id, later()))) {
      await pause(UNWRITTEN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Whether there is nothing more to write: the job waits, or is not ours any more. */
async function isPutOff(runner: Runner, id: number, retryAt: number): Promise<boolean> {
  return settle(runner, id, { retryAt }).then(
    () => true,
    (error: unknown) => isFault(error, 'guard'),
  )
}

async function handle({ handlers }: Runner, row: JobRow, signal: AbortSignal): Promise<JobOutcome> {
  const handler = Object.hasOwn(handlers, row.kind) ? handlers[row.kind] : undefined
  if (!handler) throw new Error(`no handler for jobs of the kind ${row.kind}`)
  const { id, kind, lane, attempts } = row
  const job: Job = { id, kind, lane, attempts, runAt: row.run_at, payload: JSON.parse(row.payload) }
  return await handler(job, signal)
}

async function settle({ database, holder }: Runner, id: number, outcome: JobOutcome): Promise<void> {
  const end =
    'retryAt' in outcome ? postpone(database, id, holder, outcome.retryAt) : finish(database, id, holder)
  await database.atomically([end, ...(outcome.also ?? [])])
}

/** One second, doubled for every failure up to ten minutes, a fifth more or less. */
function backoff(attempts: number): number {
  const delay = Math.min(1000 * 2 ** Math.min(attempts, 20), MAX_BACKOFF_MS)
  return Math.round(delay * (0.8 + 0.4 * Math.random()))
}
