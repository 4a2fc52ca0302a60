import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { enqueue } from '../../src/jobs/enqueue.ts'
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts'
import { createLog } from '../../src/log.ts'
import { describeEachEngine } from '../rigs/databases.ts'

describeEachEngine('jobs of slow lanes', ({ open }) => {
  let jobs: Jobs | undefined
  afterEach(() => jobs?.close())

  it('take turns too, when more lanes are slow than may run', async () => {
    const database = await open()
    const busy = Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? 'a' : 'b'))
    const lanes = [...busy, 'c', 'd', 'e', 'c', 'd', 'e']
    await database.atomically(
      lanes.map((lane, id) => enqueue(database, { id: id + 1, kind: 'work', lane, payload: {}, runAt: id })),
    )
    const order: string[] = []
    jobs = createJobs({
      database,
      holder: 'one',
      handlers: {
        async work({ lane }, signal) {
          order.push(lane)
          // Longer than a lane that is not slow may take.
          await pause(1050, undefined, { signal }).catch(() => undefined)
          return { done: true }
        },
      },
      log: createLog('silent'),
      pollMs: 20,
      drainMs: 0,
      slots: 4,
    })
    jobs.start()
    const turns = (lane: string) => order.filter((each) => each === lane).length
    await vi.waitFor(() => expect(['c', 'd', 'e'].map(turns)).toEqual([2, 2, 2]), {
      timeout: 25_000,
      interval: 10,
    })
    expect(Math.max(turns('a'), turns('b'))).toBeLessThanOrEqual(4)
  })
})
