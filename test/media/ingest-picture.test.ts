import sharp from 'sharp'
import { afterEach, expect, it } from 'vitest'
import { createFileIngest } from '../../src/media/ingest-file.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { html, serve, status } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import { keepIn, type MediaWorld, startMediaWorld } from './media-world.ts'

const blank = sharp({ create: { width: 300, height: 200, channels: 3, background: '#2a6' } })
const jpeg = await blank.clone().jpeg().toBuffer()
const png = await blank.clone().png().toBuffer()
const gif = await blank.clone().gif().toBuffer()
const webp = await blank.clone().webp().toBuffer()
const avif = await blank.clone().avif().toBuffer()
const turned = await blank.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer()

/** A PNG whose head promises 1.6 thousand million pixels. */
function giantPng(): Buffer {
  const giant = Buffer.from(png)
  giant.writeUInt32BE(40_000, 16)
  giant.writeUInt32BE(40_000, 20)
  return giant
}

function damaged(bytes: Buffer): Buffer {
  const broken = Buffer.from(bytes)
  broken.fill(0x55, 60, 200)
  return broken
}

describeEachEngine('a picture that is sent by its link', ({ open }) => {
  const worlds: MediaWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  async function start() {
    const world = await startMediaWorld(await open())
    worlds.push(world)
    const ingest = createFileIngest({ ...world, config: { maxFileBytes: 10, maxImageBytes: 1_000_000 } })
    const send = (path = '/picture') => {
      const request = { tokenId: 'tok', kind: 'image', url: `${world.origin.url}${path}`, name: 'x' } as const
      return ingest(request, keepIn(world.database))
    }
    return { ...world, send }
  }

  it.each([
    { what: 'JPEG', bytes: jpeg, mime: 'image/jpeg', extension: 'jpg' },
    { what: 'PNG', bytes: png, mime: 'image/png', extension: 'png' },
    { what: 'GIF', bytes: gif, mime: 'image/gif', extension: 'gif' },
    { what: 'WebP', bytes: webp, mime: 'image/webp', extension: 'webp' },
  ])('stays a $what byte for byte, measured, with a thumbnail under the same key', async (format) => {
    const { bytes, mime, extension } = format
    const { origin, send, plain } = await start()
    origin.route('/picture', serve(bytes, { type: 'application/octet-stream' }))
    const media = await send()
    expect(media).toMatchObject({
      kind: 'image',
      name: '',
      playSeconds: 0,
      body: { mime, extension, width: 300, height: 200, length: bytes.length },
      thumb: { mime: 'image/jpeg', extension: 'jpg', width: 240, height: 160 },
    })
    expect((await plain(media, media.body)).equals(bytes)).toBe(true)
    const thumb = await sharp(await plain(media, media.thumb)).metadata()
    expect(thumb).toMatchObject({ format: 'jpeg', width: 240, height: 160 })
    expect(origin.hits.map(({ method }) => method)).toEqual(['GET'])
  })

  it('is measured as people see it, turned upright', async () => {
    const { origin, send } = await start()
    origin.route('/picture', serve(turned))
    expect(await send()).toMatchObject({
      body: { width: 200, height: 300 },
      thumb: { width: 160, height: 240 },
    })
  })

  it.each([
    { what: 'a page', behaviour: html(), reason: 'text/html' },
    { what: 'a video', behaviour: serve(video), reason: 'video/mp4' },
    { what: 'an AVIF', behaviour: serve(avif), reason: 'image/avif' },
    { what: 'an SVG', behaviour: serve('<svg xmlns="http://www.w3.org/2000/svg"/>'), reason: 'JPEG' },
    { what: 'a JPEG cut short', behaviour: serve(picture.subarray(0, 6000)), reason: '不完整' },
    { what: 'a JPEG head', behaviour: serve(jpeg.subarray(0, 30)), reason: '不完整' },
    { what: 'a damaged PNG', behaviour: serve(damaged(png)), reason: '已损坏' },
    { what: 'a WebP cut short', behaviour: serve(webp.subarray(0, -8)), reason: '不完整' },
    { what: 'a PNG of 1.6 gigapixels', behaviour: serve(giantPng()), reason: '40000×40000' },
  ])('is refused when it is $what, with the reason, and leaves nothing', async ({ behaviour, reason }) => {
    const { origin, send, expectNothing } = await start()
    origin.route('/picture', behaviour)
    await expect(send()).rejects.toMatchObject({
      code: 'image_invalid',
      reason: expect.stringContaining(reason),
    })
    await expectNothing()
  })

  it.each([
    {
      what: 'too large',
      behaviour: serve(Buffer.concat([jpeg, Buffer.alloc(1_000_000)])),
      code: 'fetch_too_large',
    },
    { what: 'not there', behaviour: status(404), code: 'fetch_status' },
  ])('that is $what is refused in the name of imgUrl', async ({ behaviour, code }) => {
    const { origin, send, expectNothing } = await start()
    origin.route('/picture', behaviour)
    await expect(send()).rejects.toMatchObject({ code, reason: expect.stringContaining('imgUrl') })
    await expectNothing()
  })

  it('is kept once with one thumbnail, whichever links bring it, and not fetched again when unchanged', async () => {
    const { origin, send, database, files } = await start()
    for (const path of ['/picture', '/copy']) origin.route(path, serve(png, { etag: '"1"' }))
    const [first, copy] = await Promise.all([send(), send('/copy')])
    expect(copy?.fileId).toBe(first?.fileId)
    expect((await send())?.fileId).toBe(first?.fileId)
    expect(origin.hits.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined, '"1"'])
    expect(await database.sql.selectFrom('blobs').select('kind').orderBy('kind').execute()).toEqual([
      { kind: 'image' },
      { kind: 'thumb' },
    ])
    expect((await files()).toSorted()).toEqual([first?.body.key, first?.thumb?.key].toSorted())
  })
})
