// @ts-check
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { obeyParent } from '../bench/processes.js'
import { seeded } from '../bench/seeded.js'
import { createCallers, mix } from './operations.js'
import { arrivals, openLoop, pick } from './schedule.js'
import { summary } from './statistics.js'

/*
 * All tokens' programs in a process of its own. Requests begin at their moments whether or not earlier ones have been
 * answered, and a figure counts from the moment that was meant.
 */
/** @type {Promise<unknown> | undefined} */
let running
/** @type {ReturnType<typeof createCallers> | undefined} */
let callers
/** @type {Record<string, number[]>} */
let took = {}
/** @type {Record<string, number>} by operation and code, all that was not `ok` */
const failed = {}
let answered = 0
const lag = monitorEventLoopDelay({ resolution: 10 })

/** @type {import('./operations.js').Measure} */
async function measure(name, since, act) {
  const { code } = await act()
  took[name] ??= []
  took[name].push(performance.now() - since)
  answered += 1
  if (code !== 'ok') failed[`${name}: ${code}`] = (failed[`${name}: ${code}`] ?? 0) + 1
}

/** @param {{ rate: number, seconds: number, seed: number }} load */
async function run({ rate, seconds, seed }) {
  const random = seeded(seed)
  const { perform } = callers ?? never()
  /** @type {Promise<void>[]} */
  const after = []
  /** @type {import('./operations.js').Measure} */
  const also = async (...what) => void after.push(measure(...what))
  await openLoop(arrivals(rate, seconds, seeded(seed + 1)), (intended) => {
    const operation = pick(mix, random)
    return measure(operation, intended, () => perform(operation, also))
  })
  await Promise.all(after)
}

/** @returns {never} */
function never() {
  throw new Error('the callers have not been set up')
}

obeyParent({
  /**
   * @param {Parameters<typeof createCallers>[0]} world
   * @param {number} seed
   */
  setUp(world, seed) {
    callers = createCallers(world, seeded(seed))
  },
  /**
   * Returns at once; forgets what was measured before, though not what failed.
   * @param {{ rate: number, seconds: number, seed: number }} load
   */
  start(load) {
    took = {}
    lag.enable()
    lag.reset()
    running = run(load)
    // It is awaited in `finished`, which may be much later.
    running.catch(() => undefined)
  },
  progress: () => ({ answered, failed }),
  /** Waits for the last answer. */
  async finished() {
    await running
    const operations = Object.fromEntries(
      Object.entries(took).map(([name, values]) => [name, summary(values)]),
    )
    return { operations, answered, failed, lagP99: lag.percentile(99) / 1e6 }
  },
  expected: () => [...(callers ?? never()).expected],
})
