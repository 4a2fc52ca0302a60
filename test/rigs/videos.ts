import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)))

/** A real MP4 of a second or so, and a real JPEG. */
export const video = at('../fixtures/media/moov-first.mp4')
export const picture = at('../../assets/demo/hongyan.jpg')

/** The same MP4 with other bytes: a `free` box behind it that says `mark`, padded to `padding` bytes. */
export function variant(mark: string, padding = 64): Buffer {
  const body = Buffer.alloc(Math.max(padding, mark.length), 0x20)
  body.write(mark)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write('free', 4)
  return Buffer.concat([video, head, body])
}
