import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { makeThumbnail } from '../../src/media/thumbnail.ts'
import { fc } from '../rigs/properties.ts'

const plain = sharp({ create: { width: 40, height: 30, channels: 3, background: '#936' } })
const pictures = {
  jpeg: await plain.clone().jpeg().toBuffer(),
  png: await plain.clone().png().toBuffer(),
  webp: await plain.clone().webp().toBuffer(),
  lossless: await plain.clone().webp({ lossless: true }).toBuffer(),
  gif: await plain.clone().gif().toBuffer(),
  avif: await plain.clone().avif({ effort: 0 }).toBuffer(),
}

/** A small thumbnail, or a refusal in words. */
async function expectSound(bytes: Buffer): Promise<string> {
  const made = await makeThumbnail(bytes, 'lane').catch((error: unknown) => error)
  if (made instanceof Error) {
    expect(made).toBeInstanceOf(GatewayError)
    expect(made).toMatchObject({ code: 'thumb_invalid', reason: expect.stringMatching(/\p{Script=Han}{2}/u) })
    return (made as GatewayError).reason
  }
  const { bytes: small, width, height } = made as Awaited<ReturnType<typeof makeThumbnail>>
  expect(small.length).toBeLessThan(51_200)
  expect([width, height].every((side) => side >= 1 && side <= 240)).toBe(true)
  return ''
}

/** The picture with these bytes written behind the first `mark`. */
function forged(bytes: Buffer, mark: string | Buffer, offset: number, value: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  value.copy(copy, copy.indexOf(mark) + offset)
  return copy
}

function png(width: number, height: number): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width)
  size.writeUInt32BE(height, 4)
  const copy = forged(pictures.png, 'IHDR', 4, size)
  copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29)
  return copy
}

const u16 = (big: boolean, ...values: readonly number[]) => {
  const buffer = Buffer.alloc(values.length * 2)
  for (const [at, value] of values.entries())
    big ? buffer.writeUInt16BE(value, at * 2) : buffer.writeUInt16LE(value, at * 2)
  return buffer
}
const frame = Buffer.from([0xff, 0xc0])
const ispe = () => {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(100_000)
  size.writeUInt32BE(100_000, 4)
  return size
}

describe('a picture whose header lies of its size', () => {
  test.each<[string, Buffer]>([
    ['a PNG of 2^31 by 2^31', png(0x7fff_ffff, 0x7fff_ffff)],
    ['a PNG of 0 by 0', png(0, 0)],
    ['a PNG of one row less', png(40, 29)],
    ['a PNG of one row more', png(40, 31)],
    ['a PNG of 60,000 by 60,000', png(60_000, 60_000)],
    ['a PNG of 1 by 50,000,000', png(1, 50_000_000)],
    ['a JPEG of 65,535 by 65,535', forged(pictures.jpeg, frame, 5, u16(true, 65_535, 65_535))],
    ['a JPEG of 0 by 0', forged(pictures.jpeg, frame, 5, u16(true, 0, 0))],
    ['a JPEG of 7,000 by 7,000', forged(pictures.jpeg, frame, 5, u16(true, 7000, 7000))],
    ['a JPEG whose frame ends before it begins', forged(pictures.jpeg, frame, 2, u16(true, 0))],
    ['a GIF of 65,535 by 65,535', forged(pictures.gif, 'GIF89a', 6, u16(false, 65_535, 65_535))],
    ['a GIF of 0 by 0', forged(pictures.gif, 'GIF89a', 6, u16(false, 0, 0))],
    [
      'a WebP of 16,383 by 16,383',
      forged(pictures.webp, Buffer.from([0x9d, 0x01, 0x2a]), 3, u16(false, 0x3fff, 0x3fff)),
    ],
    ['a WebP of a length of 2^32', forged(pictures.webp, 'RIFF', 4, Buffer.alloc(4, 0xff))],
    ['a WebP of no length', forged(pictures.webp, 'RIFF', 4, Buffer.alloc(4))],
    ['a WebP whose picture has a length of 2^32', forged(pictures.webp, 'VP8 ', 4, Buffer.alloc(4, 0xff))],
    ['a lossless WebP of all bits', forged(pictures.lossless, 'VP8L', 9, Buffer.alloc(4, 0xff))],
    ['an AVIF of ten gigapixels', forged(pictures.avif, 'ispe', 8, ispe())],
  ])('is scaled or refused in words: %s', async (_, bytes) => {
    await expectSound(bytes)
  })

  test('beyond 50 megapixels is refused for that, before it is decoded', async () => {
    expect(await expectSound(png(60_000, 60_000))).toContain('像素')
    expect(await expectSound(forged(pictures.jpeg, frame, 5, u16(true, 65_000, 65_000)))).toContain('像素')
  })
})

test('any damage to a picture is refused in words or gives a small picture', async () => {
  const edit = fc.tuple(
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x2c, 0xd8, 0xd9),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(pictures)),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 4 }),
      async (picture, edits, cut) => {
        const bytes = Buffer.from(picture)
        for (const [at, value] of edits) bytes[Math.floor(at * Math.min(bytes.length, 400))] = value
        await expectSound(cut === null ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length)))
      },
    ),
    { numRuns: 250 },
  )
})
