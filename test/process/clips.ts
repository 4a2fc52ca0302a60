import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import sharp from 'sharp'
import { type Behaviour, type Origin, serve, startOrigin } from '../rigs/origin.ts'

const clip = readFileSync(resolve('test/fixtures/media/moov-first.mp4'))
const thumb = await sharp({ create: { width: 96, height: 54, channels: 3, background: '#357' } })
  .jpeg()
  .toBuffer()

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A playable video of its own for every number: a `free` box at the end makes its bytes differ. */
export function clipOf(number: number): Buffer {
  const box = Buffer.alloc(64, 0)
  box.writeUInt32BE(box.length, 0)
  box.write('free', 4)
  box.writeUInt32BE(number, 8)
  return Buffer.concat([clip, box])
}

/** Serves clip n as /<n>.mp4 and one picture as /thumb.jpg, with ETags, each video in two halves some time apart. */
export async function startClips(pauseMs: (number: number) => number = () => 0): Promise<Origin> {
  const halves: Behaviour = (request, response) => {
    const number = Number(/^\/(\d+)\.mp4/.exec(request.url ?? '')?.[1] ?? Number.NaN)
    if (Number.isNaN(number)) return response.writeHead(404).end()
    const etag = `"clip-${number}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    const bytes = clipOf(number)
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length, etag })
    response.write(bytes.subarray(0, bytes.length / 2))
    const rest = setTimeout(() => response.end(bytes.subarray(bytes.length / 2)), pauseMs(number))
    return response.on('close', () => clearTimeout(rest))
  }
  const origin = await startOrigin(halves)
  origin.route('/thumb.jpg', serve(thumb, { type: 'image/jpeg', etag: true }))
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
