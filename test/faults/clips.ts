import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import sharp from 'sharp'
import { type Behaviour, type Origin, serve, startOrigin } from '../rigs/origin.ts'

const clip = readFileSync(resolve('test/fixtures/media/moov-first.mp4'))
const picture = await sharp({ create: { width: 96, height: 54, channels: 3, background: '#357' } })
  .jpeg()
  .toBuffer()
/** The marker that opens a JPEG. */
const START_BYTES = 2

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A playable video of its own for every number: a `free` box at the end makes its bytes differ. */
export function clipOf(number: number): Buffer {
  const box = Buffer.alloc(64, 0)
  box.writeUInt32BE(box.length, 0)
  box.write('free', 4)
  box.writeUInt32BE(number, 8)
  return Buffer.concat([clip, box])
}

/** A picture of its own for every number: a comment makes its bytes differ. */
export function pictureOf(number: number): Buffer {
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 0, 0, 0, 0])
  comment.writeUInt32BE(number, 4)
  return Buffer.concat([picture.subarray(0, START_BYTES), comment, picture.subarray(START_BYTES)])
}

/**
 * Serves clip n as /<n>.mp4, picture n as /<n>.jpg and one picture as /thumb.jpg, with ETags, each video in two halves
 * some time apart.
 */
export async function startClips(pauseMs: (number: number) => number = () => 0): Promise<Origin> {
  const numbered: Behaviour = (request, response) => {
    const [, digits, extension] = /^\/(\d+)\.(mp4|jpg)/.exec(request.url ?? '') ?? []
    if (digits === undefined) return response.writeHead(404).end()
    const number = Number(digits)
    const video = extension === 'mp4'
    const etag = `"clip-${number}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    const bytes = video ? clipOf(number) : pictureOf(number)
    const type = video ? 'video/mp4' : 'image/jpeg'
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, etag })
    if (!video) return response.end(bytes)
    response.write(bytes.subarray(0, bytes.length / 2))
    const rest = setTimeout(() => response.end(bytes.subarray(bytes.length / 2)), pauseMs(number))
    return response.on('close', () => clearTimeout(rest))
  }
  const origin = await startOrigin(numbered)
  origin.route('/thumb.jpg', serve(picture, { type: 'image/jpeg', etag: true }))
  return origin
}

/** What postVideo takes, for clip `number` of this origin. */
export function video(origin: Origin, number: number) {
  return {
    videoUrl: `${origin.url}/${number}.mp4?sig=query-secret-video`,
    thumbUrl: `${origin.url}/thumb.jpg?sig=query-secret-thumb`,
    videoDuration: 2,
  }
}
