import { afterEach, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { createFileIngest } from '../../src/media/ingest-file.ts'
import { Links } from '../../src/media/links.ts'
import { keepUpload } from '../../src/media/upload.ts'
import { chunksOf } from '../conformance/blob-source.ts'
import { secretKey } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { serve } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import { keepIn, type MediaWorld, noise, startMediaWorld } from './media-world.ts'

const day = 24 * 3600 * 1000
const paper = noise(200_001)

describeEachEngine('a link of this gateway', ({ open }) => {
  const worlds: MediaWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  async function start({ maxFileBytes = 1_000_000 } = {}) {
    const world = await startMediaWorld(await open())
    worlds.push(world)
    let passed = 0
    const links = new Links(secretKey, () => Date.now() + passed)
    const config = { maxVideoBytes: 1e6, maxImageBytes: 1e6, maxFileBytes }
    const ingest = createFileIngest({ ...world, links, config })
    return {
      ...world,
      advance(ms: number) {
        passed += ms
      },
      /** Uploads as `tok`. */
      async upload(bytes: Buffer, name = 'a.dat') {
        const source = chunksOf(bytes, 50_000)
        const blob = await keepUpload({ ...world, config }, 'tok', { source, name })
        return { blob, link: links.make({ tokenId: 'tok', blobKey: blob.key }, blob.extension) }
      },
      send(url: string, tokenId = 'tok', kind: 'file' | 'image' = 'file') {
        return ingest({ tokenId, kind, url, name: 'sent.dat' }, keepIn(world.database))
      },
    }
  }

  /** What a send fails with. */
  const failureOf = (send: Promise<unknown>): Promise<GatewayError> =>
    send.then(
      () => Promise.reject(new Error('it was sent')),
      (error: unknown) => GatewayError.from(error),
    )

  it('of the token’s own file is sent with the very blob that is there', async () => {
    const { upload, send, files } = await start()
    const { blob, link } = await upload(paper)
    const media = await send(link)
    expect(media.body).toEqual(blob)
    expect(media.name).toBe('sent.dat')
    expect(await files()).toHaveLength(1)
  })

  it('of another token’s file is read, and kept anew under another key', async () => {
    const { upload, send, files, plain } = await start()
    const { blob, link } = await upload(paper)
    const media = await send(link, 'other')
    expect(media.body).toMatchObject({ sha256: blob.sha256, length: paper.length })
    expect(media.body.key).not.toBe(blob.key)
    expect((await plain(media, media.body)).equals(paper)).toBe(true)
    expect(await files()).toHaveLength(2)
  })

  it('of a file of another kind is read, and judged as what is asked for', async () => {
    const { upload, send, plain } = await start()
    const { link } = await upload(video)
    const media = await send(link)
    expect(media).toMatchObject({ kind: 'file', body: { mime: 'video/mp4' } })
    expect((await plain(media, media.body)).equals(video)).toBe(true)
    expect((await failureOf(send(link, 'tok', 'image'))).code).toBe('image_invalid')
  })

  it('is never asked for over the network, though a host of the caller’s is named', async () => {
    const { upload, send, origin } = await start()
    const { blob, link } = await upload(paper)
    origin.route(link, serve('something else'))
    expect((await send(`${origin.url}${link}`)).body).toEqual(blob)
    expect(origin.hits).toEqual([])
  })

  it('that was altered goes to the host that it names', async () => {
    const { upload, send, origin } = await start()
    const { link } = await upload(paper)
    const altered = link.replace(/\.dat$/, '.bin')
    origin.route(altered, serve('something else'))
    expect((await send(`${origin.url}${altered}`)).body.length).toBe('something else'.length)
    expect(origin.hits).toHaveLength(1)
  })

  it('that has expired is refused with what to do', async () => {
    const { upload, send, advance } = await start()
    const { link } = await upload(paper)
    advance(7 * day + 1000)
    const { code, reason, retryable } = await failureOf(send(`https://gateway.example${link}`))
    expect({ code, retryable }).toEqual({ code: 'url_invalid', retryable: false })
    expect(reason).toContain('fileUrl 是本网关的下载链接，已过期')
    expect(reason).not.toContain(link)
  })

  it('whose file was swept is refused as gone, be it the row or the bytes', async () => {
    const { upload, send, database, blobs } = await start()
    const [swept, torn] = [await upload(paper), await upload(picture, 'a.jpg')]
    await database.sql.deleteFrom('blobs').where('blob_key', '=', swept.blob.key).execute()
    const { code, reason } = await failureOf(send(swept.link))
    expect(code).toBe('media_gone')
    expect(reason).toContain('重新上传')
    await blobs.delete(torn.blob.key)
    expect((await failureOf(send(torn.link))).code).toBe('media_gone')
  })

  it('of a revoked token opens nothing', async () => {
    const { upload, send, database } = await start()
    const { link } = await upload(paper)
    await database.sql.updateTable('tokens').set({ revoked_at: 1 }).where('id', '=', 'tok').execute()
    expect((await failureOf(send(link, 'other'))).code).toBe('media_gone')
  })

  it('of a file that is larger than what may be sent is refused before it is read', async () => {
    const { upload, send, files } = await start({ maxFileBytes: 100 })
    const { link } = await upload(paper)
    expect((await failureOf(send(link, 'other'))).code).toBe('fetch_too_large')
    expect(await files()).toHaveLength(1)
  })
})
