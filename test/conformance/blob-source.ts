import type { Blobs, ByteRange } from '../../src/blobs/blobs.ts'
import { GatewayError } from '../../src/errors.ts'

/** `content` in pieces of `size` bytes. */
export async function* chunksOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

/** Zeros, and then `error`. */
export async function* brokenSource(bytes: number, error: Error): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536))
  throw error
}

/** `content`, of which the second half comes only after `resume`. */
export function gatedSource(content: Buffer): { source: AsyncIterable<Buffer>; resume: () => void } {
  let resume = () => {}
  const gate = new Promise<void>((resolve) => {
    resume = resolve
  })
  const half = Math.floor(content.length / 2)
  const source = async function* () {
    yield* chunksOf(content.subarray(0, half), 10_000)
    await gate
    yield* chunksOf(content.subarray(half), 10_000)
  }
  return { source: source(), resume }
}

export async function committed(blobs: Blobs, key: string, content: Buffer): Promise<void> {
  const staged = await blobs.stage(chunksOf(content, 65_536))
  await staged.commit(key)
}

export async function keysOf(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of blobs.list()) keys.push(key)
  return keys.sort()
}

/** All pieces of a range, each copied before the next is asked for. */
export async function pieced(
  blobs: Blobs,
  key: string,
  range: ByteRange,
  pieceBytes?: number,
): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of blobs.pieces(key, range, pieceBytes)) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

/** The whole blob as a stream, compared here: a failing comparison of megabytes would print them. */
export async function streamed(blobs: Blobs, key: string, content: Buffer) {
  const got = await pieced(blobs, key, { start: 0, end: content.length })
  return { length: got.length, equal: got.equals(content) }
}

/** What came of `work`: the code of a GatewayError, the name of another error, or `fine`. */
export async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'fine'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    return error instanceof Error ? error.name : String(error)
  }
}
