import { randomUUID } from 'node:crypto'
import type { Statement } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import type { BlobKind } from '../database/tables-media.ts'
import { makeFileId } from './file-id.ts'
import type { ReadyThumb } from './intake-thumb.ts'
import { placeThumb, reopenThumb } from './keep-thumb.ts'
import { type Media, mediaOf, playSeconds } from './media.ts'
import {
  findBlob,
  findMedia,
  findSameMedia,
  insertBlob,
  insertMedia,
  type KnownSource,
  upsertSource,
} from './queries.ts'
import type { StagedVideo } from './staged-video.ts'
import { type BlobRow, isKnownBlob, type Store } from './store.ts'
import type { Validators } from './validators.ts'

/** What came of one URL: something new, or what it brought before. */
export interface Arrived<T> {
  readonly urlHash: string
  readonly fresh: T | undefined
  readonly known: KnownSource | undefined
}

/** Media to be sent, and the rows that are still missing for it. */
export interface Plan {
  readonly media: Media
  /** For the unit of the message; a `unique` fault means that somebody else stored the same meanwhile. */
  readonly statements: readonly Statement[]
  /** After that unit failed: takes back what only this plan had stored. */
  undo(): Promise<void>
}

interface Wanted {
  readonly tokenId: string
  readonly video: Arrived<StagedVideo>
  readonly thumb: Arrived<ReadyThumb>
  /** The caller's videoDuration, seconds. */
  readonly told: number
}

/**
 * Finds the media of a video and a thumbnail, or prepares them: bytes are under their keys when this resolves, rows are
 * the caller's to insert.
 */
export async function planMedia(store: Store, { tokenId, video, thumb, told }: Wanted): Promise<Plan> {
  const { database } = store
  const kept = await keptVideo(store, tokenId, video)
  const thumbSha256 = thumb.fresh?.sha256 ?? thumb.known?.blob.sha256
  if (thumbSha256 === undefined) throw new Error('an origin answered 304 to a request without validators')
  const statements: Statement[] = []
  remember(
    store,
    statements,
    tokenId,
    'video',
    video,
    video.fresh?.facts.digests.sha256,
    video.fresh?.facts.validators,
  )
  remember(store, statements, tokenId, 'thumb', thumb, thumb.fresh?.sha256, thumb.fresh?.validators)

  const same = kept && (await sameMedia(store, kept, thumbSha256, told))
  if (same) return { media: same, statements, undo: () => Promise.resolve() }

  const videoRow = kept ?? (await newVideoRow(tokenId, freshOf(video)))
  const keptThumb =
    kept && (await findBlob(database, { tokenId, sha256: thumbSha256, sealedFor: kept.blob_key }))
  const thumbRow = keptThumb ?? (await placeThumb(store, videoRow, await readyThumb(store, thumb)))
  const mediaRow = newMediaRow(videoRow, thumbRow, told)
  statements.unshift(
    ...(kept ? [] : [insertBlob(database, videoRow)]),
    ...(keptThumb ? [] : [insertBlob(database, thumbRow)]),
    insertMedia(database, mediaRow),
  )
  return {
    media: mediaOf(mediaRow, videoRow, thumbRow),
    statements,
    undo: keptThumb ? () => Promise.resolve() : undoOf(store, tokenId, thumbRow.blob_key),
  }
}

/** The row of the same bytes, whichever URL brought them. */
async function keptVideo(
  store: Store,
  tokenId: string,
  { fresh, known }: Arrived<StagedVideo>,
): Promise<BlobRow | undefined> {
  if (!fresh) return known?.blob
  return findBlob(store.database, { tokenId, sha256: fresh.facts.digests.sha256, sealedFor: '' })
}

async function sameMedia(
  { database }: Store,
  video: BlobRow,
  thumbSha256: string,
  told: number,
): Promise<Media | undefined> {
  const { token_id: tokenId, blob_key: bodyKey } = video
  const seconds = playSeconds(video.duration_ms, told)
  const fileId = await findSameMedia(database, { tokenId, bodyKey, thumbSha256, playSeconds: seconds })
  return fileId === undefined ? undefined : findMedia(database, tokenId, fileId)
}

function freshOf({ fresh }: Arrived<StagedVideo>): StagedVideo {
  if (fresh) return fresh
  throw new Error('a video is neither new nor known')
}

/** Gives a staged video its key. @throws {GatewayError} video_invalid, storage_* */
export async function newVideoRow(tokenId: string, fresh: StagedVideo): Promise<BlobRow> {
  const { type } = fresh
  const { aesKey, length, digests } = fresh.facts
  const { durationSeconds, width, height, videoCodec, audioCodec } = await fresh.measure()
  return {
    blob_key: await fresh.place(),
    token_id: tokenId,
    kind: 'video',
    sha256: digests.sha256,
    md5: digests.md5,
    length,
    aes_key: aesKey,
    sealed_for: '',
    mime: type.mime,
    extension: type.extension,
    duration_ms: durationSeconds === undefined ? null : Math.round(durationSeconds * 1000),
    width: width ?? null,
    height: height ?? null,
    video_codec: videoCodec ?? null,
    audio_codec: audioCodec ?? null,
    created_at: Date.now(),
  }
}

function readyThumb(store: Store, { fresh, known }: Arrived<ReadyThumb>): Promise<ReadyThumb> {
  if (fresh) return Promise.resolve(fresh)
  if (known) return reopenThumb(store, known.blob)
  throw new Error('a thumbnail is neither new nor known')
}

function newMediaRow(video: BlobRow, thumb: BlobRow, told: number): Row<'media'> {
  const now = Date.now()
  return {
    file_id: makeFileId({ uuid: randomUUID(), unixSeconds: Math.floor(now / 1000), account: video.token_id }),
    token_id: video.token_id,
    aes_key: video.aes_key,
    kind: 'video',
    name: '',
    body_key: video.blob_key,
    thumb_key: thumb.blob_key,
    play_seconds: playSeconds(video.duration_ms, told),
    created_at: now,
    last_used_at: now,
  }
}

/** Takes back a thumbnail that only this plan had stored. */
export function undoOf(store: Store, tokenId: string, key: string): () => Promise<void> {
  return async () => {
    if (!(await isKnownBlob(store, tokenId, key))) await store.blobs.delete(key)
  }
}

/** Notes what a URL brought, where the origin gave something to ask again with. */
export function remember(
  { database }: Store,
  statements: Statement[],
  tokenId: string,
  kind: BlobKind,
  { urlHash }: Arrived<unknown>,
  sha256: string | undefined,
  validators: Validators | undefined,
): void {
  if (sha256 === undefined || !validators || (!validators.etag && !validators.lastModified)) return
  const { etag, lastModified } = validators
  const row = {
    token_id: tokenId,
    url_hash: urlHash,
    kind,
    etag,
    last_modified: lastModified,
    sha256,
    checked_at: Date.now(),
  }
  statements.push(upsertSource(database, row))
}
