import type { ReadyThumb } from './intake-thumb.ts'
import { once, openPlain } from './plain.ts'
import { createSeal } from './seal.ts'
import { type BlobRow, newBlobKey, type Store } from './store.ts'

/** Stores a thumbnail sealed with the video's key (one key for both, contract 4.1); its row is the caller's to insert. */
export async function placeThumb({ blobs }: Store, video: BlobRow, thumb: ReadyThumb): Promise<BlobRow> {
  const { sha256, md5, thumbnail } = thumb
  const seal = createSeal(video.aes_key)
  const sealed = Buffer.concat([seal.update(thumbnail.bytes), seal.final()])
  const staged = await blobs.stage(once(sealed))
  const key = newBlobKey(sha256)
  try {
    await staged.commit(key)
  } catch (error) {
    await Promise.allSettled([staged.discard(), blobs.delete(key)])
    throw error
  }
  return {
    blob_key: key,
    token_id: video.token_id,
    kind: 'thumb',
    sha256,
    md5,
    length: thumbnail.bytes.length,
    aes_key: video.aes_key,
    sealed_for: video.blob_key,
    mime: 'image/jpeg',
    extension: 'jpg',
    duration_ms: null,
    width: thumbnail.width,
    height: thumbnail.height,
    video_codec: null,
    audio_codec: null,
    created_at: Date.now(),
  }
}

/** A kept thumbnail's JPEG, to be sealed again for another video. */
export async function reopenThumb({ blobs }: Store, row: BlobRow): Promise<ReadyThumb> {
  const parts: Buffer[] = []
  const blob = { key: row.blob_key, aesKey: row.aes_key }
  for await (const part of openPlain(blobs, blob, { start: 0, end: row.length })) parts.push(part)
  const thumbnail = { bytes: Buffer.concat(parts), width: row.width ?? 0, height: row.height ?? 0 }
  return { sha256: row.sha256, md5: row.md5, thumbnail, validators: { etag: null, lastModified: null } }
}
