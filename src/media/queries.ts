import type { CompiledQuery } from 'kysely'
import { type Database, type Statement, statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { NewRow, Row } from '../database/tables.ts'
import type { BlobKind } from '../database/tables-media.ts'
import { type Media, mediaOf } from './media.ts'

type BlobRow = Row<'blobs'>

const selectMedia = prepared<{ tokenId: string; fileId: string }>((sql, { tokenId, fileId }) =>
  sql.selectFrom('media').selectAll().where('token_id', '=', tokenId).where('file_id', '=', fileId),
)

const selectMediaBlobs = prepared<{ tokenId: string; bodyKey: string; thumbKey: string | null }>(
  (sql, keys) =>
    sql
      .selectFrom('blobs')
      .selectAll()
      .where('token_id', '=', keys.tokenId)
      .where((is) => is.or([is('blob_key', '=', keys.bodyKey), is('blob_key', '=', keys.thumbKey)])),
)

const selectSource = prepared<{ tokenId: string; urlHash: string; kind: BlobKind }>((sql, of) =>
  sql
    .selectFrom('sources')
    .innerJoin('blobs', (join) =>
      join.onRef('blobs.token_id', '=', 'sources.token_id').onRef('blobs.sha256', '=', 'sources.sha256'),
    )
    .selectAll('blobs')
    .select(['sources.etag', 'sources.last_modified', 'sources.checked_at'])
    .where('sources.token_id', '=', of.tokenId)
    .where('sources.url_hash', '=', of.urlHash)
    .where('sources.kind', '=', of.kind)
    .whereRef('blobs.kind', '=', 'sources.kind')
    .limit(1),
)

const selectSameMedia = prepared<{
  tokenId: string
  bodyKey: string
  thumbSha256: string
  playSeconds: number
}>((sql, of) =>
  sql
    .selectFrom('media')
    .innerJoin('blobs', 'blobs.blob_key', 'media.thumb_key')
    .select('media.file_id')
    .where('media.token_id', '=', of.tokenId)
    .where('media.body_key', '=', of.bodyKey)
    .where('media.play_seconds', '=', of.playSeconds)
    .where('blobs.sha256', '=', of.thumbSha256)
    .limit(1),
)

/** What a URL brought before: the validators to ask again with, and the blob that is still here. */
export interface KnownSource {
  readonly etag: string | null
  readonly lastModified: string | null
  readonly checkedAt: number
  readonly blob: BlobRow
}

async function first<T>(database: Database, query: CompiledQuery): Promise<T | undefined> {
  const { rows } = await database.sql.executeQuery(query)
  return rows[0] as T | undefined
}

/** The token's media of this `fileId`. Media never change, so a caller may keep what it got. */
export async function findMedia(
  database: Database,
  tokenId: string,
  fileId: string,
): Promise<Media | undefined> {
  const row = await first<Row<'media'>>(database, selectMedia(database, { tokenId, fileId }))
  if (!row) return undefined
  const keys = { tokenId, bodyKey: row.body_key, thumbKey: row.thumb_key }
  const { rows } = await database.sql.executeQuery(selectMediaBlobs(database, keys))
  const blobs = rows as BlobRow[]
  const body = blobs.find(({ blob_key }) => blob_key === row.body_key)
  const thumb = blobs.find(({ blob_key }) => blob_key === row.thumb_key)
  if (!body || (row.thumb_key !== null && !thumb)) return undefined
  return mediaOf(row, body, thumb)
}

export async function findSource(
  database: Database,
  tokenId: string,
  kind: BlobKind,
  urlHash: string,
): Promise<KnownSource | undefined> {
  type Found = BlobRow & Pick<Row<'sources'>, 'etag' | 'last_modified' | 'checked_at'>
  const row = await first<Found>(database, selectSource(database, { tokenId, urlHash, kind }))
  return row && { etag: row.etag, lastModified: row.last_modified, checkedAt: row.checked_at, blob: row }
}

/** The fileId of media with this very video, thumbnail and play length. */
export async function findSameMedia(
  database: Database,
  of: { tokenId: string; bodyKey: string; thumbSha256: string; playSeconds: number },
): Promise<string | undefined> {
  return (await first<{ file_id: string }>(database, selectSameMedia(database, of)))?.file_id
}

/** The fileId of a file or picture with this very body and name. */
export async function findFileMedia(
  { sql }: Database,
  of: { tokenId: string; bodyKey: string; name: string },
): Promise<string | undefined> {
  const row = await sql
    .selectFrom('media')
    .select('file_id')
    .where('token_id', '=', of.tokenId)
    .where('body_key', '=', of.bodyKey)
    .where('name', '=', of.name)
    .executeTakeFirst()
  return row?.file_id
}

/** The token's blob of this content, sealed for `sealedFor`. */
export async function findBlob(
  database: Database,
  of: { tokenId: string; sha256: string; sealedFor: string },
): Promise<BlobRow | undefined> {
  return database.sql
    .selectFrom('blobs')
    .selectAll()
    .where('token_id', '=', of.tokenId)
    .where('sha256', '=', of.sha256)
    .where('sealed_for', '=', of.sealedFor)
    .executeTakeFirst()
}

/** A blob by key, while its token is not revoked: a revoked token takes its links with it. */
export function findServedBlob(
  { sql }: Database,
  tokenId: string,
  key: string,
): Promise<BlobRow | undefined> {
  return sql
    .selectFrom('blobs')
    .innerJoin('tokens', 'tokens.id', 'blobs.token_id')
    .selectAll('blobs')
    .where('blobs.token_id', '=', tokenId)
    .where('blobs.blob_key', '=', key)
    .where('tokens.revoked_at', 'is', null)
    .executeTakeFirst()
}

/** What a file is called; one of its names where it has several. */
export async function findFileName(
  { sql }: Database,
  tokenId: string,
  bodyKey: string,
): Promise<string | undefined> {
  const row = await sql
    .selectFrom('media')
    .select('name')
    .where('token_id', '=', tokenId)
    .where('body_key', '=', bodyKey)
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row?.name
}

/** A blob of the token by key. */
export function findBlobByKey(
  database: Database,
  tokenId: string,
  key: string,
): Promise<BlobRow | undefined> {
  return database.sql
    .selectFrom('blobs')
    .selectAll()
    .where('token_id', '=', tokenId)
    .where('blob_key', '=', key)
    .executeTakeFirst()
}

export function insertBlob({ sql }: Database, row: NewRow<'blobs'>): Statement {
  return statement(sql.insertInto('blobs').values(row), 1)
}

/**
 * Makes a blob as young as one that is stored now.
 * @returns whether it is still there
 */
export async function renewBlob(
  { sql }: Database,
  { tokenId, key }: { tokenId: string; key: string },
  now: number,
): Promise<boolean> {
  const renewed = await sql
    .updateTable('blobs')
    .set({ created_at: now })
    .where('blob_key', '=', key)
    .where('token_id', '=', tokenId)
    .executeTakeFirst()
  return renewed.numUpdatedRows > 0
}

export function insertMedia({ sql }: Database, row: NewRow<'media'>): Statement {
  return statement(sql.insertInto('media').values(row), 1)
}

export function upsertSource(database: Database, row: NewRow<'sources'>): Statement {
  const { etag, last_modified, sha256, checked_at } = row
  return statement(
    database.sql
      .insertInto('sources')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['token_id', 'url_hash', 'kind'])
          .doUpdateSet({ etag, last_modified, sha256, checked_at }),
      ),
  )
}

/** A received file that waits on the network's CDN. */
export function insertRemoteFile({ sql }: Database, row: NewRow<'remote_files'>): Statement {
  return statement(sql.insertInto('remote_files').values(row), 1)
}
