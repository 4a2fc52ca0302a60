import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import { brokenSource, chunksOf, codeOf, committed, keysOf } from '../conformance/blob-source.ts'
import { blobsConformance } from '../conformance/blobs.ts'

const folders: string[] = []
async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hongyan-blobs-'))
  folders.push(folder)
  return folder
}
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

blobsConformance('disk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'hongyan-blobs-'))
  const blobs = await openDiskBlobs(join(root, 'blobs'))
  return { blobs, dispose: () => rm(root, { recursive: true, force: true }) }
})

describe('blobs on disk', () => {
  it('leaves no file behind of a stream that broke off, of one discarded, and of a ping', async () => {
    const root = await freshFolder()
    const blobs = await openDiskBlobs(root)
    await codeOf(() => blobs.stage(brokenSource(3_000_000, new Error('gone'))))
    await (await blobs.stage(chunksOf(Buffer.alloc(100), 10))).discard()
    await blobs.ping()
    expect(await filesUnder(root)).toEqual([])
  })

  it('lets nobody else read: files 600, folders 700', async () => {
    const root = join(await freshFolder(), 'blobs')
    const blobs = await openDiskBlobs(root)
    await committed(blobs, 'some-key', Buffer.from('x'))
    const staging = join(root, 'staging', `${hostname()}-${process.pid}`)
    const staged = await blobs.stage(chunksOf(Buffer.from('x'), 1))
    const [stagedName = ''] = await readdir(staging)
    expect(await modeOf(join(staging, stagedName))).toBe('600')
    expect(await modeOf(join(root, 'so', 'some-key'))).toBe('600')
    for (const folder of [root, staging, dirname(staging), join(root, 'so')])
      expect(await modeOf(folder)).toBe('700')
    await staged.discard()
  })

  it('sweeps at opening what a process that is no longer there had staged, and keeps what a living one has', async () => {
    const root = await freshFolder()
    const living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const dead = spawn(process.execPath, ['-e', ''])
    try {
      await once(dead, 'exit')
      const names = {
        dead: `${hostname()}-${dead.pid}`,
        living: `${hostname()}-${living.pid}`,
        elsewhere: `other-host-${dead.pid}`,
      }
      for (const name of Object.values(names)) {
        await mkdir(join(root, 'staging', name), { recursive: true })
        await writeFile(join(root, 'staging', name, 'half'), 'half a blob')
      }
      await openDiskBlobs(root)
      const mine = `${hostname()}-${process.pid}`
      expect((await readdir(join(root, 'staging'))).sort()).toEqual(
        [names.living, names.elsewhere, mine].sort(),
      )
    } finally {
      living.kill()
    }
  })

  it('sweeps what a former process left that had the same id as this one', async () => {
    const root = await freshFolder()
    const mine = join(root, 'staging', `${hostname()}-${process.pid}`)
    await mkdir(mine, { recursive: true })
    await writeFile(join(mine, 'half'), 'half a blob')
    await openDiskBlobs(root)
    expect(await readdir(mine)).toEqual([])
  })

  it('sweeps what a process elsewhere left once it is older than any download may take', async () => {
    const root = await freshFolder()
    const elsewhere = join(root, 'staging', 'a-former-container-1')
    await mkdir(elsewhere, { recursive: true })
    await writeFile(join(elsewhere, 'old'), 'half a blob')
    await writeFile(join(elsewhere, 'new'), 'half a blob')
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600
    await utimes(join(elsewhere, 'old'), twoDaysAgo, twoDaysAgo)
    await openDiskBlobs(root)
    expect(await filesUnder(root)).toEqual(['new'])
  })

  it('has nothing under a final name after a process died between staging and commit', async () => {
    const root = await freshFolder()
    const module = new URL('../../dist/blobs/disk.js', import.meta.url).href
    const script = `
      const { openDiskBlobs } = await import(${JSON.stringify(module)})
      const blobs = await openDiskBlobs(${JSON.stringify(root)})
      await blobs.stage((async function* () { yield Buffer.alloc(100) })())
      process.kill(process.pid, 'SIGKILL')`
    const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    expect({ signal, stderr: stderr.toString() }).toEqual({ signal: 'SIGKILL', stderr: '' })
    expect(await filesUnder(root)).toHaveLength(1)
    const blobs = await openDiskBlobs(root)
    expect(await keysOf(blobs)).toEqual([])
    expect(await filesUnder(root)).toEqual([])
  })

  it('says that the folder cannot be written, and leaves nothing', async () => {
    const folder = await freshFolder()
    await writeFile(join(folder, 'a-file'), '')
    expect(await codeOf(() => openDiskBlobs(join(folder, 'a-file', 'blobs')))).toBe('storage_failed')

    const root = join(folder, 'blobs')
    const blobs = await openDiskBlobs(root)
    await writeFile(join(root, 'so'), 'a file where the folder of a key belongs')
    const staged = await blobs.stage(chunksOf(Buffer.from('x'), 1))
    expect(await codeOf(() => staged.commit('some-key'))).toBe('storage_failed')
    await staged.discard()
    expect(await filesUnder(root)).toEqual(['so'])

    await rm(join(root, 'staging'), { recursive: true })
    expect(await codeOf(() => blobs.stage(chunksOf(Buffer.from('x'), 1)))).toBe('storage_failed')
    expect(await codeOf(() => blobs.ping())).toBe('storage_failed')
  })

  it('says that the place is gone to whoever lists it', async () => {
    const root = await freshFolder()
    const blobs = await openDiskBlobs(root)
    await rm(root, { recursive: true })
    expect(await codeOf(() => keysOf(blobs))).toBe('storage_failed')
  })

  it('goes on after a disk ran full, and leaves no part of what did not fit', async () => {
    const folder = await freshFolder()
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status !== 0) {
      console.warn('no small file system can be mounted here: a full disk was not tried')
      return
    }
    try {
      const blobs = await openDiskBlobs(join(folder, 'blobs'))
      expect(await codeOf(() => blobs.stage(chunksOf(Buffer.alloc(8_000_000), 65_536)))).toBe('storage_full')
      expect(await filesUnder(folder)).toEqual([])
      await committed(blobs, 'some-key', Buffer.alloc(2_000_000))
      expect(await keysOf(blobs)).toEqual(['some-key'])
    } finally {
      spawnSync('umount', [folder])
    }
  })
})
