import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { drawPlaceholder, makeThumbnail } from '../../src/media/thumbnail.ts'
import { fixture } from './probe-source.ts'

const demo = readFileSync(new URL('../../assets/demo/hongyan.jpg', import.meta.url))

function plain(width: number, height: number, background = '#c03020') {
  return sharp({ create: { width, height, channels: 3, background } })
}

function noise(side: number) {
  return sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
}

const thumbnailOf = (bytes: Buffer) => makeThumbnail(bytes, 'tok')

const noisyJpeg = await noise(100).jpeg().toBuffer()
const noisyPng = await noise(100).png().toBuffer()

/** Red, green and blue of one pixel. */
async function colourAt(bytes: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(bytes).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())]
}

describe('makeThumbnail', () => {
  test('keeps a small JPEG byte for byte', async () => {
    const small = await plain(240, 135).jpeg().toBuffer()
    const made = await thumbnailOf(small)
    expect(made).toMatchObject({ width: 240, height: 135 })
    expect(made.bytes.equals(small)).toBe(true)
  })

  test('scales a larger one to 240 on the long side, under 50 KB', async () => {
    const made = await thumbnailOf(demo)
    expect(await sharp(made.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 240, height: 135 })
    expect(made).toMatchObject({ width: 240, height: 135 })
    expect(made.bytes.length).toBeLessThan(51_200)
  })

  test('compresses a small picture that is heavier than 50 KB, keeping its size', async () => {
    const heavy = await noise(240).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()
    expect(heavy.length).toBeGreaterThan(51_200)
    const made = await thumbnailOf(heavy)
    expect(made).toMatchObject({ width: 240, height: 240 })
    expect(made.bytes.length).toBeLessThan(51_200)
  })

  test.each(['png', 'webp', 'gif', 'avif'] as const)(
    'makes a JPEG of a %s and does not enlarge it',
    async (format) => {
      const made = await thumbnailOf(await plain(60, 90).toFormat(format).toBuffer())
      expect(await sharp(made.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 60, height: 90 })
    },
  )

  test('turns a picture upright by its EXIF orientation', async () => {
    const lying = await plain(200, 100).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    expect(await thumbnailOf(lying)).toMatchObject({ width: 100, height: 200 })
  })

  test('puts transparency on white', async () => {
    const clear = sharp({ create: { width: 10, height: 10, channels: 4, background: '#00000000' } })
    const made = await thumbnailOf(await clear.png().toBuffer())
    expect(await colourAt(made.bytes, 5, 5)).toEqual([255, 255, 255])
  })

  test('takes the first frame of an animation', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#0000ff'].map((colour) => plain(40, 30, colour).png().toBuffer()),
    )
    const made = await thumbnailOf(
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    )
    expect(made).toMatchObject({ width: 40, height: 30 })
    const [red = 0, , blue = 255] = await colourAt(made.bytes, 20, 15)
    expect(red - blue).toBeGreaterThan(200)
  })

  test('goes by the bytes: a PNG served as JPEG is a PNG', async () => {
    const made = await thumbnailOf(await plain(400, 400).png().toBuffer())
    expect(made).toMatchObject({ width: 240, height: 240 })
  })

  test.each([
    ['nothing', Buffer.alloc(0), '为空'],
    ['a text', Buffer.from('<html>404</html>'), '不是图片'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), '不是图片'],
    ['an SVG with an XML head', Buffer.from('<?xml version="1.0"?><svg width="9" height="9"/>'), 'xml'],
    ['a video', fixture('moov-first.mp4'), '视频'],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'pdf'],
    ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'heic'],
    ['a JPEG cut short', demo.subarray(0, 6000), '不完整'],
    ['a small JPEG cut short', noisyJpeg.subarray(0, 2000), '不完整'],
    ['a PNG cut short', noisyPng.subarray(0, 9000), '不完整'],
    ['a JPEG head and nothing else', demo.subarray(0, 20), '不完整'],
  ])('refuses %s', async (_what, bytes, reason) => {
    await expect(thumbnailOf(bytes)).rejects.toMatchObject({
      code: 'thumb_invalid',
      reason: expect.stringContaining(reason),
    })
  })

  test('refuses a small file that unfolds to 400 megapixels, and names size and limit', async () => {
    const bomb = await bombPng(20_000)
    expect(bomb.length).toBeLessThan(1024 ** 2)
    await expect(thumbnailOf(bomb)).rejects.toMatchObject({
      code: 'thumb_invalid',
      reason: expect.stringMatching(/20000×20000.*5000 万像素/),
    })
  })

  test('goes on after a picture it refused', async () => {
    const results = await Promise.allSettled([thumbnailOf(demo.subarray(0, 6000)), thumbnailOf(demo)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })
})

describe('drawPlaceholder', () => {
  test.each([
    [1280, 720, 240, 135],
    [720, 1280, 135, 240],
    [undefined, undefined, 240, 135],
    [10_000, 10, 240, 80],
    [1, 60_000, 80, 240],
  ])('draws %s x %s as %i x %i', async (width, height, shownWidth, shownHeight) => {
    const drawn = await drawPlaceholder(width, height)
    expect(drawn).toMatchObject({ width: shownWidth, height: shownHeight })
    expect(await sharp(drawn.bytes).metadata()).toMatchObject({
      format: 'jpeg',
      width: shownWidth,
      height: shownHeight,
    })
    expect(drawn.bytes.length).toBeLessThan(51_200)
  })

  test('is dark with a light sign in the middle', async () => {
    const { bytes } = await drawPlaceholder(1280, 720)
    expect(Math.max(...(await colourAt(bytes, 4, 4)))).toBeLessThan(90)
    expect(Math.min(...(await colourAt(bytes, 122, 67)))).toBeGreaterThan(200)
  })
})

/** A one-bit PNG of `side` x `side` black pixels. */
async function bombPng(side: number): Promise<Buffer> {
  const pattern = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#000' } })
    .toColourspace('b-w')
    .png({ palette: false })
    .toBuffer()
  const header = Buffer.from(pattern.subarray(0, 33))
  header.writeUInt32BE(side, 16)
  header.writeUInt32BE(side, 20)
  header.set([1, 0, 0, 0, 0], 24)
  const rows = deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)))
  const fix = (chunk: Buffer) => chunk.writeUInt32BE(crc(chunk.subarray(4, -4)), chunk.length - 4)
  fix(header.subarray(8))
  const data = Buffer.alloc(rows.length + 12)
  data.writeUInt32BE(rows.length, 0)
  data.write('IDAT', 4)
  rows.copy(data, 8)
  fix(data)
  return Buffer.concat([header, data, pattern.subarray(-12)])
}

/** CRC-32 as in the PNG specification, annex D. */
function crc(bytes: Buffer): number {
  let value = 0xffff_ffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
  }
  return (value ^ 0xffff_ffff) >>> 0
}
