// @ts-check
import { makeThumbnail, pictureSize } from '../../../../dist/media/thumbnail.js'
import { must, refusing } from '../expect.js'

const { default: sharp } = await import('sharp')
const plain = sharp({ create: { width: 20, height: 30, channels: 4, background: '#936c' } })
export const corpus = await Promise.all([
  plain
    .clone()
    .jpeg()
    .withExif({ IFD0: { Copyright: 'x' } })
    .toBuffer(),
  plain.clone().png().toBuffer(),
  plain.clone().webp().toBuffer(),
  plain.clone().gif().toBuffer(),
  plain.clone().avif({ effort: 0 }).toBuffer(),
])
export const words = [
  'IHDR',
  'IDAT',
  'acTL',
  '\xff\xc0',
  '\xff\xc2',
  '\xff\xda',
  '\xff\xe1',
  'VP8 ',
  'VP8L',
  'VP8X',
  'ANIM',
  ',\0\0\0\0',
  '\x21\xf9\x04',
]
export const maxLength = 8192

/** @param {Buffer} input */
export async function fuzz(input) {
  const made = await refusing(['thumb_invalid'], () => makeThumbnail(input, 'lane'))
  if (!made) return
  must(
    made.bytes.length < 51_200 &&
      made.width > 0 &&
      made.width <= 240 &&
      made.height > 0 &&
      made.height <= 240,
    'small',
  )
  const size = await pictureSize(input)
  must(
    size.width > 0 && size.height > 0 && size.width * size.height <= 50_000_000,
    'what was decoded has a size',
  )
}
