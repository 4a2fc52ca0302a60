import { randomUUID } from 'node:crypto'
import type { Statement } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { makeFileId } from './file-id.ts'
import { placeThumb } from './keep-thumb.ts'
import { mediaOf } from './media.ts'
import type { FileType, Picture } from './picture.ts'
import { takePicture } from './picture.ts'
import { openAccess } from './plain.ts'
import { type Arrived, type Plan, remember, undoOf } from './plan.ts'
import { findBlob, findFileMedia, findMedia, insertBlob, insertMedia } from './queries.ts'
import type { StagedBody } from './staged-body.ts'
import type { BlobRow, Store } from './store.ts'

/** A file that was fetched and staged. */
export interface ReadyFile {
  readonly body: StagedBody
  readonly type: FileType
  /** What a picture's bytes say. */
  readonly picture: Picture | undefined
}

interface Wanted {
  readonly tokenId: string
  readonly kind: 'image' | 'file'
  readonly name: string
  readonly file: Arrived<ReadyFile>
}

/**
 * Finds the media of a picture or a file, or prepares them: bytes are under their keys when this resolves, rows are the
 * caller's to insert.
 */
export async function planFile(store: Store, { tokenId, kind, name, file }: Wanted): Promise<Plan> {
  const { database } = store
  const { fresh, known } = file
  const statements: Statement[] = []
  remember(
    store,
    statements,
    tokenId,
    kind,
    file,
    fresh?.body.facts.digests.sha256,
    fresh?.body.facts.validators,
  )
  const kept = fresh
    ? await findBlob(database, { tokenId, sha256: fresh.body.facts.digests.sha256, sealedFor: kind })
    : known?.blob
  const sameId = kept && (await findFileMedia(database, { tokenId, bodyKey: kept.blob_key, name }))
  const same = sameId === undefined ? undefined : await findMedia(database, tokenId, sameId)
  if (same) return { media: same, statements, undo: () => Promise.resolve() }

  const body = kept ?? (await newBodyRow(tokenId, kind, freshOf(file)))
  const keptThumb = kept && kind === 'image' ? await thumbOf(store, kept) : undefined
  const thumb = keptThumb ?? (kind === 'image' ? await newThumb(store, body, fresh) : undefined)
  const media = mediaRow(body, thumb, kind, name)
  statements.unshift(
    ...(kept ? [] : [insertBlob(database, body)]),
    ...(thumb && !keptThumb ? [insertBlob(database, thumb)] : []),
    insertMedia(database, media),
  )
  return {
    media: mediaOf(media, body, thumb),
    statements,
    undo: thumb && !keptThumb ? undoOf(store, tokenId, thumb.blob_key) : () => Promise.resolve(),
  }
}

function freshOf({ fresh }: Arrived<ReadyFile>): ReadyFile {
  if (fresh) return fresh
  throw new Error('a file is neither new nor known')
}

/** Gives staged bytes their key. @throws {GatewayError} storage_* */
export async function newBodyRow(
  tokenId: string,
  kind: 'image' | 'file',
  fresh: ReadyFile,
): Promise<BlobRow> {
  const { aesKey, length, digests } = fresh.body.facts
  return {
    blob_key: await fresh.body.place(),
    token_id: tokenId,
    kind,
    sha256: digests.sha256,
    md5: digests.md5,
    length,
    aes_key: aesKey,
    sealed_for: kind,
    mime: fresh.type.mime,
    extension: fresh.type.extension,
    duration_ms: null,
    width: fresh.picture?.width ?? null,
    height: fresh.picture?.height ?? null,
    video_codec: null,
    audio_codec: null,
    created_at: Date.now(),
  }
}

/** The thumbnail of a picture that is here. */
async function thumbOf({ database }: Store, body: BlobRow): Promise<BlobRow | undefined> {
  return database.sql
    .selectFrom('blobs')
    .selectAll()
    .where('token_id', '=', body.token_id)
    .where('sealed_for', '=', body.blob_key)
    .executeTakeFirst()
}

async function newThumb(store: Store, body: BlobRow, fresh: ReadyFile | undefined): Promise<BlobRow> {
  if (fresh?.picture) return placeThumb(store, body, fresh.picture.thumb)
  const picture = await takePicture(openAccess(store.blobs, body), body.token_id)
  return placeThumb(store, body, picture.thumb)
}

function mediaRow(
  body: BlobRow,
  thumb: BlobRow | undefined,
  kind: 'image' | 'file',
  name: string,
): Row<'media'> {
  const now = Date.now()
  return {
    file_id: makeFileId({
      uuid: randomUUID(),
      unixSeconds: Math.floor(now / 1000),
      account: body.token_id,
      kind,
    }),
    token_id: body.token_id,
    kind,
    name,
    aes_key: body.aes_key,
    body_key: body.blob_key,
    thumb_key: thumb?.blob_key ?? null,
    play_seconds: 0,
    created_at: now,
    last_used_at: now,
  }
}
