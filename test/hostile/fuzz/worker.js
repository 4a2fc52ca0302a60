// @ts-check
import { parentPort, workerData } from 'node:worker_threads'
import { seeded } from '../../../bench/seeded.js'
import { createCoverage } from './coverage.js'
import { createMutator } from './mutate.js'

/** Inputs between two looks at the coverage: a look costs as much as fifty small inputs. */
const batchSize = 20
const maxKept = 1000

/** @type {{ target: string, shared: SharedArrayBuffer, seed: number, forMs: number }} */
const { target, shared, seed, forMs } = workerData
const coverage = createCoverage()
/** @type {import('./target.js').Target} */
const { corpus, words = [], maxLength = 64 * 1024, json = false, fuzz } = await import(target)

const counts = new Int32Array(shared, 0, 3)
const place = new Uint8Array(shared, 12)
const numbers = seeded(seed)
/** @param {number} below */
const random = (below) => Math.floor(numbers() * below)
const kept = [...corpus]
const mutate = createMutator(random, kept, words, { maxLength, json })

/** @param {Buffer} input */
async function test(input) {
  place.set(input)
  counts[2] = input.length
  Atomics.add(counts, 0, 1)
  // A parser that changes its input would spoil the corpus.
  await fuzz(Buffer.from(input))
}

async function main() {
  for (const input of corpus) await test(input)
  coverage.grew()
  const end = performance.now() + forMs
  while (performance.now() < end) {
    const batch = Array.from({ length: batchSize }, mutate)
    for (const input of batch) await test(input)
    // Lets a thread that is told to end do so.
    await new Promise((resolve) => setImmediate(resolve))
    if (!coverage.hasNews()) continue
    for (const input of batch) {
      await test(input)
      if (coverage.grew() && kept.length < maxKept) kept.push(input)
    }
    counts[1] = kept.length - corpus.length
  }
}

await main().then(
  () => parentPort?.postMessage(undefined),
  (error) => parentPort?.postMessage(error instanceof Error ? error.stack : String(error)),
)
