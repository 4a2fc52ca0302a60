import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../rigs/process.ts'
import {
  failuresOf,
  rounds,
  seed,
  startCallers,
  startWorld,
  untilReadyIs,
  untilServed,
} from './fault-world.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

/** Holds the file until its standard input ends, as a backup tool or a shell left open would. */
const holder = `
import Sqlite from 'better-sqlite3'
const database = new Sqlite(process.argv[1], { timeout: 20000 })
database.exec('BEGIN EXCLUSIVE')
console.log('held')
process.stdin.resume().on('end', () => {
  database.exec('ROLLBACK')
  database.close()
})
`

/** Locks the database from another process. @returns gives it back */
async function lock(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'hongyan.db')
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', holder, path])
  const gone = once(child, 'exit')
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    gone.then(() => Promise.reject(new Error('the database could not be locked'))),
  ])
  return async () => {
    child.stdin?.end()
    await gone
  }
}

test(`a database that another process locks for a moment is waited for, and for long fails sends in words and /readyz (seed ${seed})`, {
  timeout: 120_000 * rounds,
}, async () => {
  const world = await startWorld()
  try {
    const stop = startCallers(world)
    for (let round = 0; round < rounds; round += 1) {
      await untilServed(world)
      const before = failuresOf(world, ['database_failed']).length
      const moment = await lock(world.gateway.dataDir)
      await new Promise((over) => setTimeout(over, 1000))
      await moment()
      await untilServed(world)
      expect(failuresOf(world, ['database_failed'])).toHaveLength(before)

      const long = await lock(world.gateway.dataDir)
      expect(await untilReadyIs(world, 503)).toMatchObject({ database: 'failed', blobs: 'ok' })
      await until('a request fails', () => failuresOf(world, ['database_failed']).length > before)
      await long()
      await untilServed(world)
    }
    await stop()
    expect(failuresOf(world, ['database_failed']).length).toBeGreaterThan(0)
    report({ fault: 'database locked', tried: rounds * 2, seed, ...(await whatIsLeft(world)) })
  } finally {
    await world.close()
  }
})
