import type { Blobs } from '../blobs/blobs.ts'
import type { OutgoingFile, SealedFile } from '../channels/channel.ts'
import type { BlobFacts, Media } from './media.ts'
import type { Meter } from './meter.ts'
import { sealedLength } from './seal.ts'

/**
 * Media as a driver takes them: their sealed bytes as they rest, opened when the driver wants them.
 * @throws {Error} for a voice, which no network takes
 */
export function outgoingFile(blobs: Blobs, media: Media): OutgoingFile {
  const { kind, name, aesKey, body, thumb } = media
  if (kind === 'voice') throw new Error('a voice cannot be sent')
  const sealed = ({ key, length, md5 }: BlobFacts): SealedFile => ({
    aesKey,
    length,
    md5,
    pieces: () => blobs.pieces(key, { start: 0, end: sealedLength(length) }),
  })
  return {
    kind,
    name,
    body: sealed(body),
    thumb: thumb && { ...sealed(thumb), width: thumb.width ?? 0, height: thumb.height ?? 0 },
    durationMs: kind === 'video' ? (body.durationMs ?? media.playSeconds * 1000) : undefined,
  }
}

/** The same file, whose meter tells how many of its sealed bytes have been taken; a new try counts anew. */
export function metered(file: OutgoingFile, meter: Meter): OutgoingFile {
  const { body } = file
  meter.total = sealedLength(body.length)
  const pieces = async function* () {
    meter.done = 0
    for await (const piece of body.pieces()) {
      yield piece
      meter.done += piece.length
    }
  }
  return { ...file, body: { ...body, pieces } }
}
