// @ts-check
import { setTimeout as pause } from 'node:timers/promises'
import { startServing } from '../bench/gateway.js'
import { startServer, startWorker } from '../bench/processes.js'
import { compareEvents } from './callbacks.js'
import { populate } from './population.js'
import { metricsOf, usageOf } from './watch.js'

const TOKENS = 20
const DEVICES = 10
/** The share of callbacks that fail. */
const FAILING = 0.05
const WARM_SECONDS = 10
const SAMPLE_MS = 5000
/** How long is waited for the callbacks at the end before they count as lost, seconds. */
const PATIENCE = 180

/**
 * Mixed traffic of many devices at a set rate, and everything that is known of it.
 * @param {object} options
 * @param {string} options.folder
 * @param {number} options.rate requests a second
 * @param {number} options.minutes
 * @param {number} options.seed
 * @param {Record<string, string>} options.settings of the gateway
 * @param {(words: string) => void} options.say
 */
export async function mixed({ folder, rate, minutes, seed, settings, say }) {
  const origin = await startServer('origin.js')
  const receiver = await startWorker('../load/receiver.js', [String(FAILING), String(seed)], folder)
  const caller = await startWorker('../load/caller.js', [], folder)
  const gateway = await startServing(folder, { HONGYAN_DEFAULT_CHANNEL: 'local', ...settings })
  const { baseUrl, pid } = gateway
  try {
    const members = await populate({
      gateway,
      tokens: TOKENS,
      devices: DEVICES,
      origin: origin.url,
      receiver: `http://127.0.0.1:${await receiver.ask('port')}`,
    })
    await caller.ask('setUp', { baseUrl, origin: origin.url, members }, seed)
    say(`${TOKENS * DEVICES} devices of ${TOKENS} tokens are logged in; warming up for ${WARM_SECONDS} s`)
    await caller.ask('start', { rate, seconds: WARM_SECONDS, seed: seed + 100 })
    await caller.ask('finished')

    const look = async () => ({ ...usageOf(pid), ...(await metricsOf(baseUrl)) })
    const samples = [await look()]
    await caller.ask('start', { rate, seconds: minutes * 60, seed: seed + 200 })
    const ends = performance.now() + minutes * 60_000
    for (let next = performance.now() + SAMPLE_MS; next <= ends; next += SAMPLE_MS) {
      await pause(next - performance.now())
      samples.push(await look())
      if (samples.length % (60_000 / SAMPLE_MS) === 1) say(lineOf(samples, await caller.ask('progress')))
    }
    const traffic = /** @type {Traffic} */ (await caller.ask('finished'))
    const drainedSeconds = await drained(baseUrl)
    return {
      rate,
      minutes,
      seed,
      samples,
      traffic,
      drainedSeconds,
      events: compareEvents(await caller.ask('expected'), await receiver.ask('told')),
      callbacks: /** @type {Callbacks} */ (await receiver.ask('counts')),
      peakMiB: gateway.peak(),
    }
  } finally {
    await gateway.stop()
    await Promise.all([caller.stop(), receiver.stop(), origin.stop()])
  }
}

/**
 * @typedef {{ operations: Record<string, import('./statistics.js').Summary>, answered: number, failed: Record<string, number>, lagP99: number }} Traffic
 * @typedef {{ posts: number, failed: { status: number, silence: number, reset: number } }} Callbacks
 * @typedef {Awaited<ReturnType<typeof mixed>>} Mixed
 */

/**
 * Seconds until nothing is owed any more, or Infinity when that takes too long.
 * @param {string} baseUrl
 */
async function drained(baseUrl) {
  const since = performance.now()
  const seconds = () => (performance.now() - since) / 1000
  while (seconds() < PATIENCE) {
    if ((await metricsOf(baseUrl)).owedSeconds === 0) return seconds()
    await pause(200)
  }
  return Number.POSITIVE_INFINITY
}

/**
 * @param {readonly import('./watch.js').Sample[]} samples
 * @param {{ answered: number, failed: Record<string, number> }} progress
 */
function lineOf(samples, { answered, failed }) {
  const last = samples.at(-1)
  const before = samples.at(-13)
  if (!last || !before) return ''
  const share = (100 * (last.cpuSeconds - before.cpuSeconds)) / (last.at - before.at)
  return [
    `minute ${(samples.length - 1) / 12}: ${answered} answered, not ok ${JSON.stringify(failed)}`,
    `CPU ${share.toFixed(0)} %, RSS ${Math.round(last.rssMiB)} MiB, ${last.files} files`,
    `event loop p99 ${last.lagP99.toFixed(1)} ms, oldest owed ${last.owedSeconds.toFixed(1)} s`,
  ].join('; ')
}
