// @ts-check
import { writeFileSync } from 'node:fs'
import { freemem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machineFacts } from './machine.js'
import { startServer } from './processes.js'
import { report } from './report.js'
import { burst } from './rows/burst.js'
import { largeVideo } from './rows/large-video.js'
import { phone } from './rows/phone.js'
import { seek } from './rows/seek.js'
import { sendsAgain } from './rows/sends-again.js'
import { makeRunFolder } from './run-folder.js'
import { quick, whole } from './scale.js'

/*
 * Measures and writes the table: `node bench/main.js [--quick] [--out file]`. Exit code 0 once every row is measured, a
 * missed goal included: the table says by how much. Needs Linux (/proc, coreutils), curl, 4 GB of disk and,
 * without --quick, 8 GB of memory: Tencent's own client, measured beside the gateway, holds a video six times over.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('results.md', import.meta.url)) },
  },
})
if (process.platform !== 'linux') throw new Error('the bench reads /proc and runs only on Linux')
if (!values.quick && freemem() < 8e9) throw new Error('the bench needs 8 GB of free memory, or --quick')

const scale = values.quick ? quick : whole
const folder = makeRunFolder(import.meta.url)

const facts = machineFacts(folder)
const origin = await startServer('origin.js')
const rows = []
for (const measure of [largeVideo, sendsAgain, burst, seek, phone]) {
  rows.push(
    ...(await measure({ scale, folder, origin: origin.url, say: (words) => console.log(`  ${words}`) })),
  )
}
await origin.stop()

const sizes = values.quick
  ? 'A quick run on small sizes, whose figures mean nothing.'
  : `${scale.rounds} rounds, ${scale.loadRounds} of the loads.`
const text = report(rows, facts, sizes)
writeFileSync(values.out, text)
console.log(`\n${text}`)
