// @ts-check
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machineFacts } from '../bench/machine.js'
import { makeRunFolder } from '../bench/run-folder.js'
import { judge } from './goals.js'
import { floods, greedy } from './greedy.js'
import { greedyReport, isFair } from './greedy-report.js'
import { mixed } from './mixed.js'
import { report } from './report.js'

/*
 * Mixed traffic, or with --greedy one token beside another that floods; on loopback, and it ends by itself. The exit
 * code is 0 when every goal is met. Needs Linux (/proc, coreutils), curl, and of disk 10 GB for the 30 minutes.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    /** Settings of the gateway, NAME=value. */
    set: { type: 'string', multiple: true, default: [] },
    greedy: { type: 'boolean', default: false },
    /** One of the floods; all without it. */
    flood: { type: 'string', multiple: true, default: Object.keys(floods) },
    /** How long each half of a flood is. */
    seconds: { type: 'string', default: '30' },
  },
})
if (process.platform !== 'linux') throw new Error('the load reads /proc and runs only on Linux')

const folder = makeRunFolder(import.meta.url)

const options = {
  folder,
  seed: positive('seed'),
  settings: Object.fromEntries(values.set.map((each) => each.split(/=(.*)/s).slice(0, 2))),
  say: (/** @type {string} */ words) => console.log(`  ${words}`),
}
const facts = machineFacts(folder)
const { isMet, text, raw } = values.greedy ? await greedyRun() : await mixedRun()
console.log(`\n${text}`)
const name = values.greedy ? 'greedy' : 'results'
const out = values.out ?? fileURLToPath(new URL(`${name}.md`, import.meta.url))
writeFileSync(out, out.endsWith('.json') ? `${JSON.stringify(raw, undefined, 2)}\n` : text)
process.exitCode = isMet ? 0 : 1

async function mixedRun() {
  const run = await mixed({ ...options, rate: positive('rate', 200), minutes: positive('minutes', 30, 1) })
  const verdicts = judge(run)
  return {
    isMet: verdicts.every((verdict) => verdict.isMet),
    text: report(run, verdicts, facts),
    raw: { facts, verdicts, ...run },
  }
}

async function greedyRun() {
  const kinds = values.flood.map(asFlood)
  const seconds = positive('seconds')
  const rows = await greedy({ ...options, kinds, seconds, rate: positive('rate', 50) })
  return {
    isMet: rows.every(isFair),
    text: greedyReport(rows, seconds, facts),
    raw: { facts, seconds, rows },
  }
}

/** @param {string} name */
function asFlood(name) {
  if (Object.hasOwn(floods, name)) return /** @type {import('./greedy.js').Flood} */ (name)
  throw new Error(`--flood is one of ${Object.keys(floods).join(', ')}`)
}

/**
 * @param {'minutes' | 'rate' | 'seed' | 'seconds'} option
 * @param {number} [otherwise]
 * @param {number} [least]
 */
function positive(option, otherwise, least = 0) {
  const value = Number(values[option] ?? otherwise)
  if (value > 0 && value >= least && Number.isFinite(value)) return value
  throw new Error(`--${option} is a number ${least > 0 ? `of at least ${least}` : 'over 0'}`)
}
