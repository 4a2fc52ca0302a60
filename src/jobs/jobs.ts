import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { JobHandler } from './job.ts'
import { Lanes } from './lanes.ts'
import { bringForward, claim, findHeads, type JobRow, releaseExpired, releaseHeld, renew } from './queries.ts'
import { type Runner, run } from './run.ts'

/** A clock that falls back further than this was set back, milliseconds. */
const SET_BACK_MS = 60_000
/** How long an aborted handler may take to come back, milliseconds. */
const ABORT_MS = 2000

interface JobsOptions {
  readonly database: Database
  /** Names this process in claims; no two that ever run at once share it, nor a process and its former self. */
  readonly holder: string
  /** By kind. */
  readonly handlers: Readonly<Record<string, JobHandler>>
  readonly log: Log
  /** Unix milliseconds. The clocks of processes on one database must agree to a few seconds. */
  readonly now?: () => number
  /** How often an idle process looks for what has become due, milliseconds. */
  readonly pollMs?: number
  /** How long a claim holds unless it is renewed, which happens three times as often, milliseconds. */
  readonly claimMs?: number
  /** How many jobs run at once, at least 2. */
  readonly slots?: number
  /** How long `close` waits for handlers in flight before it aborts them, milliseconds. */
  readonly drainMs?: number
}

export interface Jobs {
  start(): void
  /** Looks at once for what is due: called after a commit that enqueued. Costs nothing while all slots are taken. */
  wake(): void
  /** Claims nothing more, waits for what runs, aborts what runs too long, and gives its claims back. */
  close(): Promise<void>
}

interface Running {
  readonly abort: AbortController
  readonly ended: Promise<void>
}

/** Runs the jobs that are due: exactly one process each, one at a time per lane, lanes in turn. */
export function createJobs(options: JobsOptions): Jobs {
  const { database, holder, log, now = Date.now } = options
  const { pollMs = 1000, claimMs = 30_000, slots = 64, drainMs = 10_000 } = options
  const runner: Runner = { database, holder, handlers: options.handlers, log, now }
  const lanes = new Lanes(slots)
  const running = new Map<number, Running>()
  const timers: NodeJS.Timeout[] = []
  let state: 'new' | 'open' | 'closed' = 'new'
  let pass: Promise<void> | undefined
  let again = false
  /** The lane that had its turn last; the next pass goes on after it. */
  let turn = ''
  /** The clock against one that nobody sets. */
  let ahead = now() - performance.now()

  const begin = (row: JobRow) => {
    const abort = new AbortController()
    const ended = run(runner, row, abort.signal).then(() => {
      running.delete(row.id)
      lanes.ended(row.lane, performance.now())
      wake()
    })
    running.set(row.id, { abort, ended })
  }

  const take = async (row: JobRow) => {
    lanes.started(row.lane, performance.now())
    const ours = await claim(database, row, holder, now() + claimMs).catch((error: unknown) => {
      log.warn({ err: error }, 'a job could not be claimed')
      return false
    })
    if (ours) begin(row)
    else lanes.dropped(row.lane)
  }

  const claimDue = async () => {
    const limit = slots * 2
    lanes.beginPass()
    for (let fromStart = turn === ''; lanes.free > 0; ) {
      const heads = await findHeads(database, { after: turn, now: now(), limit })
      if (state !== 'open') return
      const { picked, last } = lanes.pick(heads, performance.now())
      const atEnd = heads.length < limit && (last === heads.at(-1)?.lane || heads.length === 0)
      turn = atEnd ? '' : last
      await Promise.all(picked.map(take))
      if (atEnd && fromStart) {
        turn = lanes.nextStart()
        return
      }
      fromStart ||= atEnd
    }
  }

  const wake = () => {
    if (state !== 'open' || lanes.free === 0) return
    if (pass) {
      again = true
      return
    }
    pass = claimDue()
      .catch((error: unknown) => log.warn({ err: error }, 'the database could not be asked for jobs'))
      .then(() => {
        pass = undefined
        if (again) {
          again = false
          wake()
        }
      })
  }

  const tend = async () => {
    const ids = [...running.keys()]
    const kept = ids.length > 0 ? await renew(database, ids, holder, now() + claimMs) : new Set()
    for (const id of ids)
      if (!kept.has(id)) running.get(id)?.abort.abort(new Error('the claim of the job was lost'))
    await releaseExpired(database, now())
  }
  const tendOrWarn = () => {
    tend().catch((error: unknown) => log.warn({ err: error }, 'the claims of jobs could not be renewed'))
  }

  /** What was due in a moment still is, after the clock was set back. */
  const followClock = () => {
    const before = ahead
    ahead = now() - performance.now()
    if (before - ahead < SET_BACK_MS) return
    log.warn({ byMs: Math.round(before - ahead) }, 'the clock was set back')
    bringForward(database, now(), before - ahead).catch((error: unknown) => {
      ahead = before
      log.warn({ err: error }, 'the jobs could not follow the clock')
    })
  }

  const drained = (limitMs: number) => {
    const late = new AbortController()
    const all = Promise.all([...running.values()].map(({ ended }) => ended)).then(() => late.abort())
    return Promise.race([all, pause(limitMs, undefined, { signal: late.signal }).catch(() => undefined)])
  }

  return {
    start() {
      if (state !== 'new') return
      state = 'open'
      timers.push(
        setInterval(wake, pollMs),
        setInterval(tendOrWarn, claimMs / 3),
        setInterval(followClock, pollMs),
      )
      tendOrWarn()
      wake()
    },
    wake,
    async close() {
      if (state === 'closed') return
      state = 'closed'
      for (const timer of timers) clearInterval(timer)
      await pass
      await drained(drainMs)
      for (const { abort } of running.values()) abort.abort(new Error('the process stops'))
      await drained(ABORT_MS)
      await releaseHeld(database, holder).catch((error: unknown) =>
        log.warn({ err: error }, 'the claims of jobs could not be given back'),
      )
    },
  }
}
