import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import { readyThumb } from '../../src/media/intake-thumb.ts'
import { keepThumb, reopenThumb } from '../../src/media/store.ts'
import { codeOf } from '../conformance/blob-source.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { blobRow } from './rows.ts'

const picture = { bytes: Buffer.from('a picture'), width: 4, height: 3 }
const thumb = readyThumb(picture, { etag: null, lastModified: null })
const video = (key: string) => blobRow({ key, tokenId: 'tok', createdAt: 1 })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

describeEachEngine('a kept thumbnail', ({ open }) => {
  it('comes back from its sealed bytes as it was', async () => {
    const database = await open()
    await addToken(database, 'tok')
    const store = { database, blobs: await openDiskBlobs(folder) }
    const row = await keepThumb(store, video('video-one'), thumb)
    expect(await reopenThumb(store, row)).toEqual(thumb)
  })

  it('is one blob however many keep it for one video at once, and another for another video', async () => {
    const database = await open()
    await addToken(database, 'tok')
    const store = { database, blobs: await openDiskBlobs(folder) }
    const same = await Promise.all([1, 2, 3, 4].map(() => keepThumb(store, video('video-one'), thumb)))
    const other = await keepThumb(store, video('video-two'), thumb)
    expect(new Set(same.map(({ blob_key }) => blob_key)).size).toBe(1)
    expect((await filesUnder(folder)).sort()).toEqual([same[0]?.blob_key ?? '', other.blob_key].sort())
  })

  it('leaves no file behind when it cannot be given its name', async () => {
    const database = await open()
    await addToken(database, 'tok')
    const store = { database, blobs: await openDiskBlobs(folder) }
    const shard = createHash('sha256').update(picture.bytes).digest('hex').slice(0, 2)
    await writeFile(join(folder, shard), 'a file where a folder belongs')
    expect(await codeOf(() => keepThumb(store, video('video-one'), thumb))).toBe('storage_failed')
    expect(await filesUnder(folder)).toEqual([shard])
  })

  it('leaves no file behind when its row cannot be written', async () => {
    const database = await open()
    const store = { database, blobs: await openDiskBlobs(folder) }
    // No such token: the reference from the row to it fails.
    expect(await codeOf(() => keepThumb(store, video('video-one'), thumb))).toBe('DatabaseError')
    expect(await filesUnder(folder)).toEqual([])
  })
})
