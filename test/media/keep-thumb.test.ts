import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import { readyThumb } from '../../src/media/intake-thumb.ts'
import { placeThumb, reopenThumb } from '../../src/media/keep-thumb.ts'
import { codeOf } from '../conformance/blob-source.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { blobRow } from './rows.ts'

const picture = { bytes: Buffer.from('a picture'), width: 4, height: 3 }
const thumb = readyThumb(picture, { etag: null, lastModified: null })
const video = blobRow({ key: 'video-one', tokenId: 'tok', createdAt: 1 })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

describeEachEngine('a stored thumbnail', ({ open }) => {
  it('comes back from its sealed bytes as it was', async () => {
    const store = { database: await open(), blobs: await openDiskBlobs(folder) }
    const row = await placeThumb(store, video, thumb)
    expect(row).toMatchObject({ sealed_for: 'video-one', aes_key: video.aes_key, width: 4, height: 3 })
    expect(await reopenThumb(store, row)).toEqual(thumb)
  })

  it('leaves no file behind when it cannot be given its name', async () => {
    const store = { database: await open(), blobs: await openDiskBlobs(folder) }
    const shard = createHash('sha256').update(picture.bytes).digest('hex').slice(0, 2)
    await writeFile(join(folder, shard), 'a file where a folder belongs')
    expect(await codeOf(() => placeThumb(store, video, thumb))).toBe('storage_failed')
    expect(await filesUnder(folder)).toEqual([shard])
  })
})
