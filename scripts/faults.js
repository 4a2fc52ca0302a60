// The long form of the fault tests: npm run faults -- --kills 300 --seed 7
// Kills each engine so often, repeats the other faults, and prints a table of what was tried and what was lost.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } })
const kills = wholeNumber('kills', values.kills ?? '300')
const seed = wholeNumber('seed', values.seed ?? String(Date.now() % 1_000_000))

const build = spawnSync(process.execPath, ['scripts/setup.js'], { stdio: 'inherit' })
if (build.status !== 0) process.exit(build.status ?? 1)
console.log(`${kills} kills on each engine, seed ${seed}`)
const run = spawnSync('npx', ['vitest', 'run', 'test/faults'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    HONGYAN_TEST_KILLS: kills,
    HONGYAN_TEST_SEED: seed,
    HONGYAN_TEST_FAULTS: 'long',
  },
})
process.exitCode = run.status ?? 1

/**
 * @param {string} name
 * @param {string} value
 */
function wholeNumber(name, value) {
  if (/^\d{1,9}$/.test(value)) return value
  console.error(`--${name} must be a whole number, not ${value}`)
  process.exit(1)
}
