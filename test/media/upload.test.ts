import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { openPlain } from '../../src/media/plain.ts'
import { keepUpload } from '../../src/media/upload.ts'
import { brokenSource, chunksOf } from '../conformance/blob-source.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { type MediaWorld, noise, startMediaWorld } from './media-world.ts'

const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 3))

describeEachEngine('an upload', ({ open }) => {
  const worlds: MediaWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  async function start({ maxVideoBytes = 1e6, maxImageBytes = 1e6 } = {}) {
    const world = await startMediaWorld(await open())
    worlds.push(world)
    const deps = { ...world, config: { maxVideoBytes, maxImageBytes } }
    const keep = (source: AsyncIterable<Buffer>, name: string) => keepUpload(deps, 'tok', { source, name })
    return {
      ...world,
      keep: (bytes: Buffer, name = 'a.dat') => keep(chunksOf(bytes, 4000), name),
      keepFrom: keep,
      rows: () => world.database.sql.selectFrom('blobs').selectAll().execute(),
    }
  }

  it.each([
    { what: 'a video', bytes: video, kept: ['video', '', 'video/mp4', 'mp4'] },
    { what: 'a picture', bytes: picture, kept: ['image', 'image', 'image/jpeg', 'jpg'] },
    { what: 'noise', bytes: noise(50_000), kept: ['file', 'file', 'application/octet-stream', 'dat'] },
    { what: 'a damaged video', bytes: cut(video), kept: ['file', 'file', 'video/mp4', 'dat'] },
    { what: 'a damaged picture', bytes: cut(picture), kept: ['file', 'file', 'image/jpeg', 'dat'] },
  ])('that is $what is kept as what it is', async ({ bytes, kept }) => {
    const { keep, rows, files } = await start()
    const blob = await keep(bytes)
    const [row, ...more] = await rows()
    expect([row?.kind, row?.sealed_for, row?.mime, row?.extension]).toEqual(kept)
    expect(more).toEqual([])
    expect(await files()).toEqual([blob.key])
    expect(blob.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('rests sealed and opens to the very bytes', async () => {
    const { keep, rows, blobs } = await start()
    const bytes = noise(150_000)
    const { key } = await keep(bytes)
    const [row] = await rows()
    expect((await blobs.read(key, { start: 0, end: 64 })).equals(bytes.subarray(0, 64))).toBe(false)
    const parts: Buffer[] = []
    const range = { start: 0, end: bytes.length }
    for await (const part of openPlain(blobs, { key, aesKey: row?.aes_key ?? '' }, range)) parts.push(part)
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
  })

  it('of a video or a picture beyond their limits is a file', async () => {
    const { keep, rows } = await start({ maxVideoBytes: 1000, maxImageBytes: 1000 })
    await keep(video)
    await keep(picture)
    expect((await rows()).map(({ kind }) => kind)).toEqual(['file', 'file'])
  })

  it('of bytes that are there shares them, and makes them as young as new ones', async () => {
    const { keep, rows, files, database } = await start()
    const first = await keep(video)
    await database.sql.updateTable('blobs').set({ created_at: 1 }).execute()
    expect((await keep(video)).key).toBe(first.key)
    expect(await files()).toEqual([first.key])
    expect((await rows())[0]?.created_at).toBeGreaterThan(1)
  })

  it('of the same bytes many times at once is kept once', async () => {
    const { keep, files } = await start()
    const all = await Promise.all(Array.from({ length: 8 }, () => keep(variant('same'))))
    expect(new Set(all.map(({ key }) => key)).size).toBe(1)
    expect(await files()).toHaveLength(1)
  })

  it('that breaks off, or cannot be stored, leaves nothing', async () => {
    const { keepFrom, expectNothing, blobs, intakes, digests, database, log } = await start()
    const error = new Error('gone')
    await expect(keepFrom(brokenSource(300_000, error), 'a')).rejects.toBe(error)
    await expectNothing()
    const config = { maxVideoBytes: 1e6, maxImageBytes: 1e6 }
    const deps = { database, blobs, intakes, digests, log, config }
    const unknown = keepUpload(deps, 'nobody', { source: chunksOf(video, 4000), name: 'a' })
    await expect(unknown).rejects.toThrow()
    await expectNothing()
  })

  it('that is cut off while its type is looked at leaves nothing', async () => {
    const { keepFrom, expectNothing } = await start()
    const error = new Error('gone')
    await expect(keepFrom(brokenSource(10, error), 'a')).rejects.toBe(error)
    await expectNothing()
  })
})
