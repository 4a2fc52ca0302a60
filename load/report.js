// @ts-check
import { summary } from './statistics.js'

/**
 * The verdicts and the figures behind them, as Markdown.
 * @param {import('./mixed.js').Mixed} run
 * @param {readonly import('./goals.js').Verdict[]} verdicts
 * @param {readonly string[]} facts
 */
export function report(run, verdicts, facts) {
  const { rate, minutes, seed, samples, traffic, callbacks, peakMiB } = run
  const { failed } = callbacks
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last) throw new Error('nothing was measured')
  const share = (100 * (last.cpuSeconds - first.cpuSeconds)) / (last.at - first.at)
  const lag = summary(samples.slice(1).map(({ lagP99 }) => lagP99))
  const operations = Object.entries(traffic.operations).toSorted(([, a], [, b]) => b.count - a.count)
  return `# How it carries a load

Written by \`npm run load\`: ${minutes} minutes at ${rate} requests a second, at random moments (seed ${seed}), by 200 devices of
20 tokens. Requests do not wait for one another, and a time counts from the moment a request was meant to go out. The
tokens' servers fail 5 % of the callbacks: half by HTTP 500, a quarter by not answering, a quarter by cutting the connection,
three times in a row at most. Gateway, callers, callback servers and origin are processes of their own on the same machine.

${facts.map((fact) => `- ${fact}`).join('\n')}

${table(
  ['goal', 'measured', 'met'],
  verdicts.map(({ goal, measured, isMet }) => [goal, measured, isMet ? 'yes' : '**no**']),
)}

Flat means: over the second half a straight line through the samples (one each 5 s, least squares) changes by less than two
of its standard errors, or by less than 5 % of the mean.

${table(
  ['operation', 'count', 'p50', 'p90', 'p99', 'max'],
  operations.map(([name, { count, p50, p90, p99, max }]) => [
    `\`${name}\``,
    count.toLocaleString('en'),
    ...[p50, p90, p99, max].map((value) => `${value.toFixed(1)} ms`),
  ]),
)}

${table(
  ['gateway', ''],
  [
    ['CPU', `${share.toFixed(0)} % of one core`],
    ['memory, highest', `${Math.round(peakMiB)} MiB`],
    ['event loop lag, p99 of each 5 s', `median ${lag.p50.toFixed(1)} ms, highest ${lag.max.toFixed(1)} ms`],
    [
      'callbacks posted',
      `${callbacks.posts.toLocaleString('en')}; failed by ${failed.status} HTTP 500, ${failed.silence} silences, ${failed.reset} resets`,
    ],
    ['oldest callback owed, highest', `${Math.max(...samples.map((each) => each.owedSeconds)).toFixed(1)} s`],
    ['event loop lag of the callers themselves, p99', `${traffic.lagP99.toFixed(1)} ms`],
  ],
)}
`
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
