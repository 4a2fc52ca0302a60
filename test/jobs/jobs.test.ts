import { afterEach, expect, it, vi } from 'vitest'
import { type Database, statement } from '../../src/database/database.ts'
import { enqueue } from '../../src/jobs/enqueue.ts'
import type { Job, JobHandler, JobOutcome } from '../../src/jobs/job.ts'
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts'
import { claim, findHeads, releaseAll } from '../../src/jobs/queries.ts'
import { createLog } from '../../src/log.ts'
import { describeEachEngine } from '../rigs/databases.ts'

const log = createLog('silent')
const done: JobOutcome = { done: true }
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

const running: Jobs[] = []

function start(
  database: Database,
  work: JobHandler,
  options: Partial<Parameters<typeof createJobs>[0]> = {},
): Jobs {
  const jobs = createJobs({
    database,
    holder: 'one',
    handlers: { work },
    log,
    pollMs: 20,
    drainMs: 100,
    ...options,
  })
  running.push(jobs)
  jobs.start()
  return jobs
}

async function add(database: Database, ...jobs: readonly [id: number, lane: string, runAt?: number][]) {
  const statements = jobs.map(([id, lane, runAt = id]) =>
    enqueue(database, { id, kind: 'work', lane, payload: { id }, runAt }),
  )
  await database.atomically(statements)
}

const rows = ({ sql }: Database) => sql.selectFrom('jobs').selectAll().orderBy('id').execute()
const addToken = ({ sql }: Database, id: string) =>
  statement(sql.insertInto('tokens').values({ id, name: '', hash: id, created_at: 1, revoked_at: null }))
const tokens = ({ sql }: Database) => sql.selectFrom('tokens').select('id').execute()

/** A handler that waits until it is let go, and what it was given. */
function held() {
  let resolve: (outcome: JobOutcome) => void = () => undefined
  const promise = new Promise<JobOutcome>((settle) => {
    resolve = settle
  })
  const seen: { job: Job; signal: AbortSignal }[] = []
  const handler: JobHandler = (job, signal) => {
    seen.push({ job, signal })
    return promise
  }
  return { handler, seen, release: (outcome: JobOutcome = done) => resolve(outcome) }
}

describeEachEngine('jobs', ({ open, place }) => {
  // Declared after the rig's own, so it runs before the databases go.
  afterEach(async () => {
    await Promise.all(running.splice(0).map((jobs) => jobs.close()))
  })

  it('runs a lane one at a time, the oldest due first, and hands over what was enqueued', async () => {
    const database = await open()
    await add(database, [3, 'a', 30], [1, 'a', 40], [2, 'a', 30], [9, 'a', Date.now() + 3_600_000])
    const order: unknown[] = []
    let active = 0
    start(database, async (job) => {
      active += 1
      expect(active).toBe(1)
      order.push(job.payload)
      await database.ping()
      active -= 1
      return done
    })
    await until(async () => expect(await rows(database)).toHaveLength(1))
    expect(order).toEqual([{ id: 2 }, { id: 3 }, { id: 1 }])
  })

  it('lets the others of a lane pass a job that is put off', async () => {
    const database = await open()
    await add(database, [1, 'a'], [2, 'a'], [3, 'a'])
    const order: number[] = []
    const retryAt = Date.now() + 3_600_000
    start(database, async ({ id }) => {
      order.push(id)
      return id === 1 ? { retryAt } : done
    })
    await until(async () => expect(await rows(database)).toHaveLength(1))
    expect(order).toEqual([1, 2, 3])
    expect(await rows(database)).toMatchObject([{ id: 1, attempts: 1, run_at: retryAt, claimed_by: null }])
  })

  it('is not held up by ten thousand due jobs in a few lanes', async () => {
    const database = await open()
    const busy = Array.from({ length: 10_000 }, (_, index) => [index + 1, `busy${index % 4}`, 1] as const)
    await add(database, ...busy.map(([id, lane, runAt]): [number, string, number] => [id, lane, runAt]))
    await add(database, [20_000, 'well', 2])
    const block = held()
    const ran: number[] = []
    start(
      database,
      async (job, signal) => {
        if (job.lane.startsWith('busy')) return block.handler(job, signal)
        ran.push(job.id)
        return done
      },
      { slots: 8 },
    )
    await until(() => expect(ran).toEqual([20_000]))
    // One pass claims them side by side: any of the five may be the first to run.
    const lanes = () => block.seen.map(({ job }) => job.lane).sort()
    await until(() => expect(lanes()).toEqual(['busy0', 'busy1', 'busy2', 'busy3']))
    block.release({ retryAt: Date.now() + 3_600_000 })
  })

  it('gives every lane its turn before one has a second', async () => {
    const database = await open()
    const lanes = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    await add(
      database,
      ...lanes.flatMap((lane, index): [number, string][] => [
        [index * 2 + 1, lane],
        [index * 2 + 2, lane],
      ]),
    )
    const order: string[] = []
    start(
      database,
      async ({ lane }) => {
        order.push(lane)
        return done
      },
      { slots: 2 },
    )
    await until(async () => expect(await rows(database)).toHaveLength(0))
    expect([...order.slice(0, 7)].sort()).toEqual(lanes)
  })

  it('runs each job once and each lane one at a time when two processes share the database', async () => {
    const shared = await place()
    const [one, two] = [await shared.open(), await shared.open()]
    const ids = Array.from({ length: 200 }, (_, index) => index + 1)
    const ran: number[] = []
    const active = new Set<string>()
    const clashes: string[] = []
    const work =
      (database: Database): JobHandler =>
      async ({ id, lane }) => {
        if (active.has(lane)) clashes.push(lane)
        active.add(lane)
        ran.push(id)
        await database.ping()
        active.delete(lane)
        return done
      }
    start(one, work(one), { holder: 'one' })
    start(two, work(two), { holder: 'two' })
    for (let from = 0; from < ids.length; from += 20) {
      await add(one, ...ids.slice(from, from + 20).map((id): [number, string] => [id, `lane${id % 7}`]))
      for (const jobs of running) jobs.wake()
    }
    await until(async () => expect(await rows(one)).toHaveLength(0))
    expect(ran.sort((a, b) => a - b)).toEqual(ids)
    expect(clashes).toEqual([])
  })

  it('allows one claim per lane, even for another job of it', async () => {
    const database = await open()
    await add(database, [1, 'a'], [2, 'a'])
    const [first, second] = await rows(database)
    if (!first || !second) throw new Error('no rows')
    expect(await claim(database, first, 'one', 9e12)).toBe(true)
    expect(await claim(database, first, 'two', 9e12)).toBe(false)
    expect(await claim(database, second, 'two', 9e12)).toBe(false)
    expect(await findHeads(database, { after: '', now: 9e12, limit: 9 })).toEqual([])
  })

  it('takes over the jobs of a process that died once their claims expire, not before', async () => {
    const database = await open()
    await add(database, [1, 'dead'], [2, 'well'])
    const [row] = await rows(database)
    if (!row) throw new Error('no row')
    let clock = 1_000_000
    await claim(database, row, 'dead', clock + 30_000)
    const ran: number[] = []
    const work: JobHandler = async ({ id }) => {
      ran.push(id)
      return done
    }
    start(database, work, { now: () => clock, claimMs: 60 })
    await until(() => expect(ran).toEqual([2]))
    clock += 29_999
    await add(database, [3, 'later'])
    await until(() => expect(ran).toEqual([2, 3]))
    clock += 1
    await until(() => expect(ran).toEqual([2, 3, 1]))
  })

  it('frees every claim at once for a process that is alone', async () => {
    const database = await open()
    await add(database, [1, 'a'])
    const [row] = await rows(database)
    if (!row) throw new Error('no row')
    await claim(database, row, 'former self', 9e12)
    await releaseAll(database)
    const seen = held()
    start(database, seen.handler)
    await until(() => expect(seen.seen).toHaveLength(1))
    expect(seen.seen[0]?.job.attempts).toBe(0)
    seen.release()
  })

  it('holds the claim of a job that runs long', async () => {
    const database = await open()
    await add(database, [1, 'a'])
    const { handler, seen, release } = held()
    start(database, handler, { claimMs: 300 })
    await until(() => expect(seen).toHaveLength(1))
    const first = (await rows(database))[0]?.claimed_until ?? 0
    await until(async () => expect((await rows(database))[0]?.claimed_until).toBeGreaterThan(first + 300))
    expect(seen).toHaveLength(1)
    expect(seen[0]?.signal.aborted).toBe(false)
    release()
    await until(async () => expect(await rows(database)).toEqual([]))
  })

  it('writes the outcome and the facts beside it together', async () => {
    const database = await open()
    await add(database, [1, 'a'], [2, 'b'])
    const retryAt = Date.now() + 3_600_000
    start(database, async ({ id }) =>
      id === 1
        ? { done: true, also: [addToken(database, 'a')] }
        : { retryAt, also: [addToken(database, 'b')] },
    )
    await until(async () => expect(await tokens(database)).toHaveLength(2))
    expect(await rows(database)).toMatchObject([{ id: 2, run_at: retryAt, attempts: 1 }])
  })

  it('neither ends the job nor keeps a fact when one of the facts cannot be written', async () => {
    const database = await open()
    await database.atomically([addToken(database, 'taken')])
    await add(database, [1, 'a'])
    start(database, async () => ({
      done: true,
      also: [addToken(database, 'new'), addToken(database, 'taken')],
    }))
    await until(async () => expect(await rows(database)).toMatchObject([{ attempts: 1, claimed_by: null }]))
    expect(await tokens(database)).toEqual([{ id: 'taken' }])
    expect((await rows(database))[0]?.run_at).toBeGreaterThan(Date.now() - 60_000)
  })

  it('writes nothing when the claim was lost meanwhile, and tells the handler', async () => {
    const database = await open()
    await add(database, [1, 'a'])
    const ended: unknown[] = []
    start(
      database,
      async (_job, signal) => {
        await database.sql.updateTable('jobs').set({ claimed_by: 'other', claimed_until: 9e12 }).execute()
        await until(() => expect(signal.aborted).toBe(true))
        ended.push(signal.reason)
        return { done: true, also: [addToken(database, 'a')] }
      },
      { claimMs: 60 },
    )
    await until(() => expect(ended).toHaveLength(1))
    await running[0]?.close()
    expect(await rows(database)).toMatchObject([{ id: 1, claimed_by: 'other', attempts: 0 }])
    expect(await tokens(database)).toEqual([])
  })

  it('tries again later after a throw, and when nobody knows the kind', async () => {
    const database = await open()
    await add(database, [1, 'a'])
    await database.atomically([enqueue(database, { id: 2, kind: 'odd', lane: 'b', payload: 1, runAt: 1 })])
    const clock = 1_000_000
    start(
      database,
      async () => {
        throw new Error('broken')
      },
      { now: () => clock },
    )
    await until(async () => expect((await rows(database)).map(({ attempts }) => attempts)).toEqual([1, 1]))
    for (const { run_at } of await rows(database)) {
      expect(run_at).toBeGreaterThanOrEqual(clock + 800)
      expect(run_at).toBeLessThanOrEqual(clock + 1200)
    }
  })

  it('runs at once when woken, without waiting for the poll', async () => {
    const database = await open()
    const { handler, seen, release } = held()
    const jobs = start(database, handler, { pollMs: 3_600_000 })
    release()
    await add(database, [1, 'a'])
    jobs.wake()
    await until(() => expect(seen).toHaveLength(1))
  })

  it('waits for what runs when it closes, and claims nothing more', async () => {
    const database = await open()
    await add(database, [1, 'a'], [2, 'a'])
    const { handler, seen, release } = held()
    const jobs = start(database, handler, { drainMs: 60_000 })
    await until(() => expect(seen).toHaveLength(1))
    const closed = jobs.close()
    release()
    await closed
    expect(await rows(database)).toMatchObject([{ id: 2, claimed_by: null }])
    expect(seen).toHaveLength(1)
  })

  it('aborts what runs too long when it closes, and gives the claim back uncounted', async () => {
    const database = await open()
    await add(database, [1, 'a'])
    let began = false
    const jobs = start(
      database,
      (_job, signal) =>
        new Promise((_resolve, reject) => {
          began = true
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
      { drainMs: 1 },
    )
    await until(() => expect(began).toBe(true))
    await jobs.close()
    expect(await rows(database)).toMatchObject([{ id: 1, attempts: 0, claimed_by: null, run_at: 1 }])
  })
})
