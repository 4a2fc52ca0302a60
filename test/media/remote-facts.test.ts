import sharp from 'sharp'
import { afterEach, expect, it } from 'vitest'
import { describeEachEngine } from '../rigs/databases.ts'
import { type Behaviour, serve, stall, status } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import { noise } from './media-world.ts'
import { fixture } from './probe-source.ts'
import { type RemoteWorld, sealed, startRemoteWorld, thumbKey } from './remote-world.ts'

const page = Buffer.from('<!doctype html><script>1</script>')
const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
const small = await sharp({ create: { width: 90, height: 120, channels: 3, background: '#a22' } })
  .jpeg()
  .toBuffer()

describeEachEngine('what a person sent', ({ open }) => {
  const worlds: RemoteWorld[] = []
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close()
  })

  /** Has `bytes` arrive, and asks for them. */
  async function received(
    bytes: Buffer,
    row: Parameters<RemoteWorld['arrived']>[0],
    thumb: Behaviour = status(404),
  ) {
    const world = await startRemoteWorld(await open())
    worlds.push(world)
    world.origin.route('/body', serve(sealed(bytes)))
    world.origin.route('/thumb', thumb)
    await world.arrived(row)
    const media = await world.remote.find('tok', 'file-1')
    if (!media) throw new Error('not found')
    expect(await world.plain(media, media.body)).toEqual(bytes)
    const preview = async () => world.plain(media, media.thumb)
    return { ...world, media, preview }
  }
  const withThumb = { thumb_locator: '/thumb', thumb_aes_key: thumbKey }

  it('a video is measured, and its thumbnail lies under its own key', async () => {
    const row = { ...withThumb, kind: 'video', duration_ms: 99_000 } as const
    const { media, preview, origin, database } = await received(video, row, serve(sealed(small, thumbKey)))
    expect(media).toMatchObject({
      kind: 'video',
      body: { mime: 'video/mp4', extension: 'mp4', width: expect.any(Number) },
      thumb: { width: 90, height: 120 },
    })
    expect(media.playSeconds).toBeLessThan(10)
    expect((await preview()).equals(small)).toBe(true)
    expect(origin.hitsOf('/thumb')).toHaveLength(1)
    const [thumb] = await database.sql
      .selectFrom('blobs')
      .select('sealed_for')
      .where('kind', '=', 'thumb')
      .execute()
    expect(thumb?.sealed_for).toBe(media.body.key)
  })

  it.each([
    { what: 'is not there', thumb: status(404) },
    { what: 'stalls', thumb: stall(sealed(small, thumbKey)) },
    { what: 'does not open', thumb: serve(sealed(small, '0d'.repeat(16))) },
    { what: 'is no picture', thumb: serve(sealed(page, thumbKey)) },
    { what: 'is too large', thumb: serve(sealed(noise(100_001), thumbKey)) },
  ])('a video whose thumbnail $what gets one made', async ({ thumb }) => {
    const { media, preview, origin } = await received(video, { ...withThumb, kind: 'video' }, thumb)
    expect(origin.hitsOf('/thumb')).toHaveLength(1)
    const { width = 0, height = 0 } = media.body
    expect(await sharp(await preview()).metadata()).toMatchObject({ format: 'jpeg' })
    const shape = (media.thumb?.width ?? 0) / (media.thumb?.height ?? 1)
    expect(shape).toBeCloseTo(width / height, 1)
  })

  it('a thumbnail may lie open', async () => {
    const row = { kind: 'video', thumb_locator: '/thumb', thumb_aes_key: '' } as const
    const { preview } = await received(video, row, serve(small))
    expect((await preview()).equals(small)).toBe(true)
  })

  it.each([
    { what: 'a page', bytes: page, mime: 'application/octet-stream', extension: 'bin' },
    { what: 'a picture', bytes: picture, mime: 'image/jpeg', extension: 'jpg' },
    { what: 'sound alone', bytes: fixture('audio-only.mp4'), mime: 'video/mp4', extension: 'mp4' },
    { what: 'a video cut short', bytes: video.subarray(0, 2000), mime: 'video/mp4', extension: 'mp4' },
  ])('a video that is $what is there all the same', async ({ bytes, mime, extension }) => {
    const { media } = await received(bytes, { kind: 'video', duration_ms: 7400 })
    expect(media).toMatchObject({
      kind: 'video',
      playSeconds: 7,
      body: { mime, extension },
      thumb: { mime: 'image/jpeg' },
    })
  })

  it('a video of which nobody knows how long it plays counts as one second', async () => {
    const { media } = await received(page, { kind: 'video' })
    expect(media.playSeconds).toBe(1)
  })

  it('a picture is measured and gets a thumbnail made of itself', async () => {
    const row = { ...withThumb, kind: 'image' } as const
    const { media, origin } = await received(picture, row, serve(sealed(small, thumbKey)))
    const { width, height } = await sharp(picture).metadata()
    expect(media).toMatchObject({
      kind: 'image',
      playSeconds: 0,
      body: { mime: 'image/jpeg', extension: 'jpg', width, height },
      thumb: { width: 240 },
    })
    expect(origin.hitsOf('/thumb')).toEqual([])
  })

  it('a picture that only phones can read keeps the thumbnail that came with it', async () => {
    const row = { ...withThumb, kind: 'image' } as const
    const { media, preview } = await received(heic, row, serve(sealed(small, thumbKey)))
    expect(media.body).toMatchObject({ mime: 'image/heic', extension: 'heic' })
    expect((await preview()).equals(small)).toBe(true)
  })

  it.each([
    { what: 'cut short', bytes: picture.subarray(0, 6000), mime: 'image/jpeg' },
    { what: 'a page', bytes: page, mime: 'application/octet-stream' },
  ])('a picture that is $what is there all the same, with a plain thumbnail', async ({ bytes, mime }) => {
    const { media, preview } = await received(bytes, { kind: 'image' })
    expect(media).toMatchObject({ kind: 'image', body: { mime }, thumb: { width: 240, height: 240 } })
    expect(media.body.width).toBeUndefined()
    expect(await sharp(await preview()).metadata()).toMatchObject({ width: 240, height: 240 })
  })

  it('a voice has no thumbnail, the ending that the network told, and its length', async () => {
    const voice = Buffer.from('\x02#!SILK_V3 and so on')
    const { media } = await received(voice, { kind: 'voice', extension: 'silk', duration_ms: 2300 })
    expect(media).toMatchObject({
      kind: 'voice',
      playSeconds: 2,
      thumb: undefined,
      body: { mime: 'application/octet-stream', extension: 'silk' },
    })
  })

  it.each(['', 'evil/../x', 'averylongending', 'P!'])(
    'a voice whose ending the network calls %j gets one that links can carry',
    async (extension) => {
      const { media } = await received(noise(50), { kind: 'voice', extension })
      expect(media.body.extension).toBe('bin')
    },
  )
})
