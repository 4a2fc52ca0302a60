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
  type World,
} from './fault-world.ts'
import { mountExt4, mountTmpfs } from './mounts.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const memory = mountTmpfs(1)
memory?.unmount()
if (!memory) console.warn('no file system may be mounted here: a start on a read-only folder was not tried')
// A file system that breaks and is repaired is the long form's: what it had promised to keep is not only ours to say.
const breakable = rounds > 1 ? mountExt4(8) : undefined
breakable?.unmount()
if (!breakable)
  console.warn('a disk that becomes read-only is tried by `npm run faults`, where ext4 may be mounted')

/** Starts it again, on whatever port it gets: the links to what was uploaded follow it. */
async function again(world: World): Promise<World> {
  const gateway = await world.start()
  const uploads = world.traffic.uploads.map(({ original, reply }) => {
    const fileUrl = reply?.data?.fileUrl?.replace(world.gateway.baseUrl, gateway.baseUrl)
    return { original, reply: reply && fileUrl ? { ...reply, data: { fileUrl } } : reply }
  })
  return { ...world, gateway, heard: [], traffic: { ...world.traffic, uploads } }
}

test.skipIf(!breakable)(
  `a disk that breaks and becomes read-only fails sends in words, and once it is mended everything acknowledged is there (seed ${seed})`,
  { timeout: 120_000 * rounds },
  async () => {
    const disk = mountExt4(128)
    if (!disk) throw new Error('a second mount was refused')
    let world = await startWorld({ dataDir: disk.folder })
    try {
      for (let round = 0; round < rounds; round += 1) {
        const stop = startCallers(world)
        await untilServed(world)
        disk.breakDown()
        await untilFailed(world, '/message/postVideo', 'storage_failed')
        expect(await untilReadyIs(world, 503)).toMatchObject({ blobs: 'failed' })
        await stop()
        expect(
          failuresOf(world, ['storage_failed', 'database_failed'], ['no', 'unknown']).length,
        ).toBeGreaterThan(1)
        expect(await world.gateway.stop()).toMatchObject({ signal: null })
        // A file system that gave up takes no more writes: it has to be mounted anew, and so nobody may use it.
        disk.mend()
        world = await again(world)
      }
      const stop = startCallers(world)
      await untilServed(world)
      await stop()
      expect(world.heard.filter(({ reply }) => reply?.ret !== 200)).toEqual([])
      report({ fault: 'disk turns read-only', tried: rounds, seed, ...(await whatIsLeft(world)) })
    } finally {
      await world.gateway.stop('SIGKILL')
      disk.unmount()
      await world.close()
    }
  },
)

test.skipIf(!memory)('a start on a read-only folder, new or used, says so and fails', async () => {
  const disk = mountTmpfs(16)
  if (!disk) throw new Error('a second mount was refused')
  const refused = async () => {
    expect(disk.remount('ro')).toBe(true)
    const { code, stderr } = await finish({ args: ['serve'], env: settingsFor(disk.folder) })
    expect(code).toBe(1)
    expect(stderr).toMatch(/read-?only|cannot be written/)
    expect(stderr).not.toContain('Another gateway')
    expect(disk.remount('rw')).toBe(true)
  }
  try {
    await refused()
    const world = await startWorld({ dataDir: disk.folder })
    await world.gateway.stop()
    await world.close()
    await refused()
  } finally {
    disk.unmount()
  }
})
