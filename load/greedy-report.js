// @ts-check
import { floods } from './greedy.js'
import { table } from './report.js'

/** How many times its p99 alone a caller may have while another floods. */
const MOST = 3

const columns = [
  'what B does',
  'A alone p50 / p99',
  'A flooded p50 / p99 / max',
  'ratio of p99',
  'goal',
  'met',
  'A failed',
  'B accepted a second',
  'B refused, by code',
  'told when to come back',
  'highest RSS',
]

/**
 * Whether A was served throughout and its p99 stayed in bounds.
 * @param {import('./greedy.js').GreedyRow} row
 */
export const isFair = ({ ratio, alone, flooded }) =>
  ratio <= MOST && Object.keys({ ...alone.codes, ...flooded.codes }).join() === 'ok'

/**
 * @param {readonly import('./greedy.js').GreedyRow[]} rows
 * @param {number} seconds
 * @param {readonly string[]} facts
 */
export function greedyReport(rows, seconds, facts) {
  const lines = rows.map((row) => {
    const { kind, connections, alone, flooded, flood, ratio } = row
    const { ok = 0, ...refused } = flood.codes
    const { ok: served = 0 } = flooded.codes
    const { told } = flood
    return [
      `${floods[kind].what}, ${connections} connections`,
      `${ms(alone.p50)} / ${ms(alone.p99)}`,
      `${ms(flooded.p50)} / ${ms(flooded.p99)} / ${ms(flooded.max)}`,
      ratio.toFixed(2),
      `at most ${MOST}`,
      isFair(row) ? 'yes' : '**no**',
      String(flooded.count - served),
      (ok / seconds).toFixed(1),
      Object.entries(refused)
        .map(([code, count]) => `${count} ${code}`)
        .join(', ') || 'none',
      told.refused === 0
        ? 'none refused'
        : `${told.inHeader} in the header, ${told.inBody} in the body, of ${told.refused}`,
      `${Math.round(row.peakMiB)} MiB`,
    ]
  })
  return `# One greedy token

Written by \`npm run load -- --greedy\`: token A sends \`forwardVideo\` at random moments, ${rows[0]?.rate} a second on average, for ${seconds} s
alone and for ${seconds} s while token B floods, each connection of B asking again as soon as it has an answer; on a new gateway each time.
A's times count from the moment a request was meant to go out. B's process has a low priority, so that the machine's scheduler does not decide.

${facts.map((fact) => `- ${fact}`).join('\n')}

${table(columns, lines)}
`
}

/** @param {number} value */
const ms = (value) => `${value.toFixed(1)} ms`
