import type { Blobs, ByteRange } from '../blobs/blobs.ts'
import type { Row } from '../database/tables.ts'
import { sealedRange, unseal } from './seal.ts'
import type { RandomAccess } from './window.ts'

/** Plain bytes of something sealed at rest, read piece by piece; ranges are cut to the length. */
export function plainAccess(
  read: (range: ByteRange) => Promise<Buffer>,
  aesKey: string,
  length: number,
): RandomAccess {
  return {
    length,
    async read(start, end) {
      const range = { start: Math.max(0, start), end: Math.min(end, length) }
      if (range.start >= range.end) return Buffer.alloc(0)
      const sealed = await read(sealedRange(range))
      const parts: Buffer[] = []
      for await (const part of unseal(once(sealed), aesKey, range)) parts.push(part)
      return Buffer.concat(parts)
    },
  }
}

/** Plain bytes of a blob, read piece by piece. */
export function openAccess(
  blobs: Blobs,
  { blob_key, aes_key, length }: Pick<Row<'blobs'>, 'blob_key' | 'aes_key' | 'length'>,
): RandomAccess {
  return plainAccess((range) => blobs.read(blob_key, range), aes_key, length)
}

/** One piece as a stream. */
export async function* once(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece
}

/** What `openPlain` gives at once, and at most. */
export const PLAIN_PIECE_BYTES = 256 * 1024

/**
 * Plain bytes of a blob, streamed.
 * @param range within the plain length
 * @throws {GatewayError} media_gone
 */
export async function* openPlain(
  blobs: Blobs,
  blob: { key: string; aesKey: string },
  range: ByteRange,
): AsyncGenerator<Buffer> {
  if (range.start >= range.end) return
  yield* unseal(blobs.pieces(blob.key, sealedRange(range), PLAIN_PIECE_BYTES), blob.aesKey, range)
}
