import { GatewayError } from '../errors.ts'
import { Gate } from './gate.ts'
import { sniff } from './sniff.ts'

/** A JPEG beside a video: at most 240 pixels on its long side and less than 50 KB. */
export interface Thumbnail {
  readonly bytes: Buffer
  readonly width: number
  readonly height: number
}

const longSide = 240
const byteLimit = 51_200
const pixelLimit = 50_000_000
const timeLimitSeconds = 10
const qualities = [86, 76, 64, 50, 36, 22]
const readable = new Set(['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/avif'])
const formats = '请使用 JPEG、PNG、WebP、GIF 或 AVIF 图片'

type Sharp = typeof import('sharp')['default']

let loading: Promise<Sharp> | undefined
const oneAtATime = new Gate(1)

/**
 * A thumbnail out of any picture, judged by its bytes alone. A JPEG that is small enough already stays as it is,
 * byte for byte, unless it needs turning; others are turned upright, scaled down, put on white and compressed.
 * Animations give their first frame. One picture is decoded at a time, since one alone may take 200 MB.
 * @param lane whose picture it is; lanes take turns
 * @throws {GatewayError} `thumb_invalid` for anything but a whole JPEG, PNG, WebP, GIF or AVIF of at most 50
 *   megapixels, or one that takes longer than 10 s
 */
export async function makeThumbnail(bytes: Buffer, lane: string): Promise<Thumbnail> {
  if (bytes.length === 0) throw refused('内容为空')
  const type = await sniff(bytes)
  if (!type) throw refused(`内容不是图片，${formats}`)
  if (type.mime.startsWith('video/')) throw refused(`内容是视频而不是图片，${formats}`)
  if (!readable.has(type.mime)) throw refused(`不支持 ${type.mime}，${formats}`)
  const sharp = await load()
  return oneAtATime.pass(lane, () => scale(sharp, bytes, type.mime))
}

/** Pixels of a picture as people see it, turned upright; its bytes were decoded before. */
export async function pictureSize(
  bytes: Buffer,
): Promise<{ readonly width: number; readonly height: number }> {
  const sharp = await load()
  const { autoOrient } = await sharp(bytes, { limitInputPixels: pixelLimit }).metadata()
  return { width: autoOrient.width, height: autoOrient.height }
}

/**
 * A dark panel with a play sign, for a video whose picture cannot be had. It has the video's proportions, kept
 * between 1:3 and 3:1; 16:9 when they are unknown.
 */
export async function drawPlaceholder(
  width: number | undefined,
  height: number | undefined,
): Promise<Thumbnail> {
  const ratio = width && height ? Math.min(3, Math.max(1 / 3, width / height)) : 16 / 9
  const w = Math.round(ratio >= 1 ? longSide : longSide * ratio)
  const h = Math.round(ratio >= 1 ? longSide / ratio : longSide)
  const radius = Math.min(w, h) * 0.26
  const [x, y] = [w / 2 - radius * 0.32, h / 2]
  const sign = `<circle cx="${w / 2}" cy="${h / 2}" r="${radius}" fill="#fff" fill-opacity=".14" stroke="#fff" stroke-width="2"/>
    <path d="M${x} ${y - radius * 0.5} l${radius * 0.9} ${radius * 0.5} l${-radius * 0.9} ${radius * 0.5} z" fill="#fff"/>`
  return draw(w, h, sign)
}

/** The same square and without the sign, for a picture that cannot be read. */
export function drawPanel(): Promise<Thumbnail> {
  return draw(longSide, longSide, '')
}

async function draw(width: number, height: number, sign: string): Promise<Thumbnail> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="panel" x2="0" y2="1"><stop stop-color="#39424e"/><stop offset="1" stop-color="#171b21"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#panel)"/>
    ${sign}
  </svg>`
  const sharp = await load()
  const bytes = await sharp(Buffer.from(svg)).flatten().jpeg({ quality: 90 }).toBuffer()
  return { bytes, width, height }
}

async function load(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Pictures come once each, and cores are for sealing: neither a cache nor more threads would pay.
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  })
  return loading
}

async function scale(sharp: Sharp, bytes: Buffer, mime: string): Promise<Thumbnail> {
  try {
    const { width, height, orientation } = await sharp(bytes, { limitInputPixels: false }).metadata()
    if (width * height > pixelLimit) {
      throw refused(`图片为 ${width}×${height}，超过 5000 万像素的限制，请换一张较小的图片`)
    }
    const picture = sharp(bytes, { limitInputPixels: pixelLimit, sequentialRead: true, failOn: 'error' })
    const { data, info } = await picture
      .timeout({ seconds: timeLimitSeconds })
      .autoOrient()
      .resize(longSide, longSide, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const fits = Math.max(width, height) <= longSide && bytes.length < byteLimit
    // Decoding came first all the same: a JPEG cut short looks whole in its header.
    if (fits && mime === 'image/jpeg' && (orientation ?? 1) === 1) return { bytes, width, height }

    const raw = { width: info.width, height: info.height, channels: info.channels }
    for (const quality of qualities) {
      const encoded = await sharp(data, { raw }).jpeg({ quality, mozjpeg: true }).toBuffer()
      if (encoded.length < byteLimit) return { bytes: encoded, width: info.width, height: info.height }
    }
    throw refused('图片无法压缩到 50 KB 以内，请换一张图片')
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw refused('图片已损坏或不完整，请检查源文件后重新上传', error)
  }
}

function refused(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('thumb_invalid', { reason: `缩略图无法使用：${reason}`, cause })
}
