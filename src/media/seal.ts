import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { ByteRange } from '../blobs/blobs.ts'

/** Block of AES in bytes. */
const BLOCK = 16

/** A key as the wire writes it: 32 lower-case hex digits of 16 random bytes. */
export function newAesKey(): string {
  return randomBytes(BLOCK).toString('hex')
}

/** Sealed length of `length` plain bytes: PKCS#7 always adds 1 to 16 bytes (iLink sheet 7.1). */
export function sealedLength(length: number): number {
  return (Math.floor(length / BLOCK) + 1) * BLOCK
}

/** The WeChat CDN's cipher: AES-128-ECB with PKCS#7, no IV, no header (iLink sheet 7.1). */
export function createSeal(aesKey: string) {
  return createCipheriv('aes-128-ecb', Buffer.from(aesKey, 'hex'), null)
}

/** The sealed range that holds the plain `range`: ECB opens at any block. */
export function sealedRange({ start, end }: ByteRange): ByteRange {
  return { start: start - (start % BLOCK), end: Math.ceil(end / BLOCK) * BLOCK }
}

/**
 * Opens the sealed bytes of `sealedRange(range)` and cuts them to `range`. Padding is cut by the known length, never
 * trusted: the caller keeps `range` within the plain length.
 */
export async function* unseal(
  sealed: AsyncIterable<Buffer>,
  aesKey: string,
  range: ByteRange,
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(aesKey, 'hex'), null).setAutoPadding(false)
  let skip = range.start % BLOCK
  let left = range.end - range.start
  for await (const chunk of sealed) {
    const plain = decipher.update(chunk)
    const cut = plain.subarray(Math.min(skip, plain.length), Math.min(plain.length, skip + left))
    skip = Math.max(0, skip - plain.length)
    left -= cut.length
    if (cut.length > 0) yield cut
    if (left <= 0) return
  }
}
