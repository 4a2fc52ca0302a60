// Throws damaged input at every parser of dist/ for a given time, shared by all:
// `npm run fuzz -- [--seconds 30] [--target xml] [--seed 1]`.
// Which inputs are kept and damaged further is told by V8's own block coverage. A finding ends its target, lies in
// test-output/fuzz/ and makes the exit code 1: an error that is not the gateway's, a broken promise, more than 10 s or
// 256 MB for one input.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const maxInput = 256 * 1024
const maxHeapMb = 256

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    target: { type: 'string', multiple: true },
    targets: { type: 'string', default: 'test/hostile/fuzz/targets' },
    findings: { type: 'string', default: 'test-output/fuzz' },
    'hang-ms': { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const { targets: folder, findings } = values
const hangMs = Number(values['hang-ms'])
const all = readdirSync(folder).map((name) => name.replace(/\.js$/, ''))
const chosen = values.target ?? all
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const strange = chosen.filter((name) => !all.includes(name))
if (strange.length > 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(`usage: --seconds <over 0> --seed <whole number> --target <${all.join('|')}>`)
  process.exit(2)
}
if (!existsSync('dist/cli.js')) {
  console.error('there is no dist/: run npm run build first')
  process.exit(2)
}

console.log(`seed ${seed}, ${seconds} s for ${chosen.length} targets`)
console.log('target          runs  kept  result')
let found = 0
for (const target of chosen) {
  const { runs, kept, fault, input } = await run(target, (seconds * 1000) / chosen.length)
  const result = fault === undefined ? 'nothing found' : `FOUND ${fault}`
  console.log(`${target.padEnd(12)}${String(runs).padStart(8)}${String(kept).padStart(6)}  ${result}`)
  if (fault === undefined) continue
  found += 1
  mkdirSync(findings, { recursive: true })
  const name = `${findings}/${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`
  writeFileSync(name, input)
  const shown = input.length <= 512 ? `: ${JSON.stringify(input.toString('latin1'))}` : ''
  console.log(`  ${name}, ${input.length} bytes${shown}`)
}
process.exitCode = found > 0 ? 1 : 0

/**
 * One target in a thread of its own, which may hang or run out of memory.
 * @param {string} target
 * @param {number} forMs
 * @returns {Promise<{ runs: number, kept: number, fault: string | undefined, input: Buffer }>}
 */
function run(target, forMs) {
  // Runs, kept, and the length of the input under test; behind them the input itself.
  const shared = new SharedArrayBuffer(12 + maxInput)
  const counts = new Int32Array(shared, 0, 3)
  const worker = new Worker(new URL('../test/hostile/fuzz/worker.js', import.meta.url), {
    workerData: { target: pathToFileURL(`${folder}/${target}.js`).href, shared, seed, forMs },
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  })
  return new Promise((resolve) => {
    let last = -1
    const watch = setInterval(() => {
      const runs = Atomics.load(counts, 0)
      // Before its first input a thread is loading.
      if (runs > 0 && runs === last) end(`no answer within ${hangMs / 1000} s`)
      last = runs
    }, hangMs)
    const end = (/** @type {string | undefined} */ fault) => {
      clearInterval(watch)
      const input = Buffer.from(new Uint8Array(shared, 12, counts[2] ?? 0))
      resolve({ runs: counts[0] ?? 0, kept: counts[1] ?? 0, fault, input })
      void worker.terminate()
    }
    worker.once('message', end)
    worker.once('error', (error) => end(error.stack ?? String(error)))
    worker.once('exit', () => end('the thread ended'))
  })
}
