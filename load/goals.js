// @ts-check
import { flatness } from './statistics.js'

const MOST_MS = 50
const DRAIN_SECONDS = 60

/** @typedef {{ goal: string, measured: string, isMet: boolean }} Verdict */

/**
 * What the run had to show, and whether it did.
 * @param {import('./mixed.js').Mixed} run
 * @returns {Verdict[]}
 */
export function judge({ traffic, samples, drainedSeconds, events }) {
  const failed = Object.values(traffic.failed).reduce((sum, count) => sum + count, 0)
  const p99 = traffic.operations.forwardVideo?.p99 ?? Number.NaN
  return [
    {
      goal: 'every reply `ret` 200',
      measured: `${failed} others of ${traffic.answered.toLocaleString('en')}${listed(traffic.failed)}`,
      isMet: failed === 0 && traffic.answered > 0,
    },
    {
      goal: `p99 of \`forwardVideo\` under ${MOST_MS} ms`,
      measured: `${p99.toFixed(1)} ms`,
      isMet: p99 < MOST_MS,
    },
    flat(
      'memory',
      'MiB',
      samples.map(({ at, rssMiB }) => [at, rssMiB]),
    ),
    flat(
      'file descriptors',
      '',
      samples.map(({ at, files }) => [at, files]),
    ),
    {
      goal: `no callback owed ${DRAIN_SECONDS} s after the last answer`,
      measured: Number.isFinite(drainedSeconds)
        ? `none after ${drainedSeconds.toFixed(1)} s`
        : 'still some after 3 minutes',
      isMet: drainedSeconds <= DRAIN_SECONDS,
    },
    {
      goal: 'each event told at least once, and once when told apart by `Appid` and `NewMsgId`',
      measured: `${events.expected.toLocaleString('en')} events: ${events.missing} missing, ${events.foreign} of nothing sent, ${events.doubled} told as two; ${events.repeats} posts repeated`,
      isMet: events.expected > 0 && events.missing + events.foreign + events.doubled === 0,
    },
  ]
}

/**
 * @param {string} what
 * @param {string} unit
 * @param {[number, number][]} points
 * @returns {Verdict}
 */
function flat(what, unit, points) {
  const { mean, change, noise, isFlat } = flatness(points)
  const of = (/** @type {number} */ value) => `${value.toFixed(1)}${unit && ` ${unit}`}`
  return {
    goal: `${what} flat over the second half`,
    measured: `mean ${of(mean)}; trend ${change < 0 ? '' : '+'}${of(change)}, two standard errors ${of(noise)}`,
    isMet: isFlat,
  }
}

/** @param {Record<string, number>} failed */
const listed = (failed) =>
  Object.entries(failed)
    .map(([name, count], at) => `${at === 0 ? ': ' : ', '}${count} ${name}`)
    .join('')
