import { createHash, randomUUID } from 'node:crypto'
import type { Blobs } from '../blobs/blobs.ts'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'
import { makeFileId } from './file-id.ts'
import type { ReadyThumb } from './intake-thumb.ts'
import type { StagedVideo } from './intake-video.ts'
import { type Media, playSeconds } from './media.ts'
import { openPlain } from './plain.ts'
import { findBlob, findMedia, findSameMedia, insertBlob, insertMedia, upsertSource } from './queries.ts'
import { createSeal } from './seal.ts'
import type { Validators } from './validators.ts'

type BlobRow = Row<'blobs'>

/** Where media rest: rows and blobs together. */
export interface Store {
  readonly database: Database
  readonly blobs: Blobs
}

/** How a URL is remembered. */
export const urlHash = (url: string) => createHash('sha256').update(url).digest('hex')

/** The content, and which sealing of it: a key never stands for other bytes. */
const newBlobKey = (sha256: string) => `${sha256.slice(0, 32)}-${randomUUID()}`

/** Gives a staged video its name and row; where the token has the same bytes already, theirs is used and ours dropped. */
export async function keepVideo(store: Store, tokenId: string, video: StagedVideo): Promise<BlobRow> {
  const { sha256, md5 } = video.digests
  const same = await findBlob(store.database, { tokenId, sha256, sealedFor: '' })
  if (same) return same
  const facts = await video.measure()
  const key = newBlobKey(sha256)
  await video.staged.commit(key)
  return insertOrYield(store, {
    blob_key: key,
    token_id: tokenId,
    kind: 'video',
    sha256,
    md5,
    length: video.length,
    aes_key: video.aesKey,
    sealed_for: '',
    mime: video.type.mime,
    extension: video.type.extension,
    duration_ms: facts.durationSeconds === undefined ? null : Math.round(facts.durationSeconds * 1000),
    width: facts.width ?? null,
    height: facts.height ?? null,
    video_codec: facts.videoCodec ?? null,
    audio_codec: facts.audioCodec ?? null,
    created_at: Date.now(),
  })
}

/** The thumbnail sealed with the video's key (one key for both, contract 4.1), kept once per video and content. */
export async function keepThumb(store: Store, video: BlobRow, thumb: ReadyThumb): Promise<BlobRow> {
  const { sha256, md5, thumbnail } = thumb
  const tokenId = video.token_id
  const same = await findBlob(store.database, { tokenId, sha256, sealedFor: video.blob_key })
  if (same) return same
  const seal = createSeal(video.aes_key)
  const sealed = Buffer.concat([seal.update(thumbnail.bytes), seal.final()])
  const staged = await store.blobs.stage(once(sealed))
  const key = newBlobKey(sha256)
  await staged.commit(key)
  return insertOrYield(store, {
    blob_key: key,
    token_id: tokenId,
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
  })
}

async function insertOrYield({ database, blobs }: Store, row: BlobRow): Promise<BlobRow> {
  try {
    const [inserted] = await database.atomically([insertBlob(database, row)])
    if (inserted?.changes === 1) return row
  } catch (error) {
    await blobs.delete(row.blob_key)
    throw error
  }
  await blobs.delete(row.blob_key)
  const winner = await findBlob(database, {
    tokenId: row.token_id,
    sha256: row.sha256,
    sealedFor: row.sealed_for,
  })
  if (!winner)
    throw new GatewayError('storage_failed', { cause: new Error('a blob vanished while it was stored') })
  return winner
}

/** The media of this video and thumbnail, made where there is none. */
export async function keepMedia(store: Store, video: BlobRow, thumb: BlobRow, told: number): Promise<Media> {
  const { database } = store
  const seconds = playSeconds(video.duration_ms, told)
  const now = Date.now()
  const fileId = makeFileId({
    uuid: randomUUID(),
    unixSeconds: Math.floor(now / 1000),
    account: video.token_id,
  })
  const row = {
    file_id: fileId,
    token_id: video.token_id,
    aes_key: video.aes_key,
    video_key: video.blob_key,
    thumb_key: thumb.blob_key,
    play_seconds: seconds,
    created_at: now,
    last_used_at: now,
  }
  const [inserted] = await database.atomically([insertMedia(database, row)])
  const kept =
    inserted?.changes === 1
      ? fileId
      : await findSameMedia(database, {
          tokenId: video.token_id,
          videoKey: video.blob_key,
          thumbSha256: thumb.sha256,
          playSeconds: seconds,
        })
  const media = kept && (await findMedia(database, video.token_id, kept))
  if (!media)
    throw new GatewayError('storage_failed', { cause: new Error('media vanished while they were stored') })
  return media
}

/** Remembers what a URL brought, where the origin gave something to ask again with. */
export async function rememberSource(
  { database }: Store,
  source: {
    tokenId: string
    urlHash: string
    kind: 'video' | 'thumb'
    sha256: string
    validators: Validators
  },
): Promise<void> {
  const { etag, lastModified } = source.validators
  if (!etag && !lastModified) return
  const row = {
    token_id: source.tokenId,
    url_hash: source.urlHash,
    kind: source.kind,
    etag,
    last_modified: lastModified,
    sha256: source.sha256,
    checked_at: Date.now(),
  }
  await database.atomically([upsertSource(database, row)])
}

/** A kept thumbnail's JPEG, to be sealed again for another video. */
export async function reopenThumb({ blobs }: Store, row: BlobRow): Promise<ReadyThumb> {
  const parts: Buffer[] = []
  const blob = { key: row.blob_key, aesKey: row.aes_key }
  for await (const part of openPlain(blobs, blob, { start: 0, end: row.length })) parts.push(part)
  const thumbnail = { bytes: Buffer.concat(parts), width: row.width ?? 0, height: row.height ?? 0 }
  return { sha256: row.sha256, md5: row.md5, thumbnail, validators: { etag: null, lastModified: null } }
}

async function* once(piece: Buffer) {
  yield piece
}
