import { readFileSync } from 'node:fs'
import { sniffVideo } from '../../src/media/sniff.ts'
import type { RandomAccess } from '../../src/media/window.ts'

const folder = new URL('../fixtures/media/', import.meta.url)

/** The bytes of one committed media file. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, folder))
}

/** A source over bytes that remembers every range that was read. */
export function sourceOf(bytes: Buffer): RandomAccess & { readonly reads: [number, number][] } {
  const reads: [number, number][] = []
  return {
    length: bytes.length,
    reads,
    read: async (start, end) => {
      reads.push([start, end])
      return bytes.subarray(start, end)
    },
  }
}

/** The type of bytes that are known to be a video. */
export async function typeOf(bytes: Buffer) {
  const type = await sniffVideo(bytes.subarray(0, 4100))
  if (!type) throw new Error('these bytes are no video')
  return type
}
