import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finish, settingsFor } from '../rigs/process.ts'
import {
  failuresOf,
  rounds,
  seed,
  startCallers,
  startWorld,
  untilFailed,
  untilReadyIs,
  untilServed,
} from './fault-world.ts'
import { mountTmpfs } from './mounts.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const disk = mountTmpfs(1)
disk?.unmount()
if (!disk) console.warn('no file system may be mounted here: the tests of a full disk did not run')

/** Takes all the room that is left. @returns gives it back */
async function fill(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'filler')
  const filler = await open(path, 'w')
  for (const size of [1024 ** 2, 64 * 1024, 4096]) {
    const piece = Buffer.alloc(size, 1)
    while (
      await filler.write(piece).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      )
    );
  }
  await filler.close()
  return () => rm(path)
}

test.skipIf(!disk)(
  `a disk that is full, for files and for the database, fails sends in words, and is gone on with when there is room (seed ${seed})`,
  { timeout: 60_000 * rounds },
  async () => {
    const small = mountTmpfs(48)
    if (!small) throw new Error('a second mount was refused')
    const world = await startWorld({ dataDir: small.folder })
    try {
      const stop = startCallers(world)
      for (let round = 0; round < rounds; round += 1) {
        await untilServed(world)
        const empty = await fill(small.folder)
        await untilFailed(world, '/message/postVideo', 'storage_full')
        await untilFailed(world, '/message/forwardVideo', 'storage_full')
        expect(await untilReadyIs(world, 503)).toMatchObject({ blobs: 'failed' })
        await empty()
        await untilServed(world)
        await untilReadyIs(world, 200)
      }
      await stop()
      expect(failuresOf(world, ['storage_full']).length).toBeGreaterThan(1)
      report({ fault: 'full disk', tried: rounds, seed, ...(await whatIsLeft(world)) })
    } finally {
      await world.close()
      small.unmount()
    }
  },
)

test.skipIf(!disk)('a start on a full disk says so and fails', async () => {
  const small = mountTmpfs(1)
  if (!small) throw new Error('a second mount was refused')
  try {
    await fill(small.folder)
    const { code, stderr } = await finish({ args: ['serve'], env: settingsFor(small.folder) })
    expect(code).toBe(1)
    expect(stderr).toMatch(/full|space/i)
    expect(stderr).not.toContain('Another gateway')
  } finally {
    small.unmount()
  }
})
