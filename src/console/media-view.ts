import type { Database } from '../database/database.ts'
import type { MediaView } from './schema.ts'

/** What is known of the files that messages name, whether or not they are here. */
export async function findMediaViews(
  { sql }: Database,
  tokenId: string,
  fileIds: readonly string[],
): Promise<ReadonlyMap<string, MediaView>> {
  const views = new Map<string, MediaView>()
  if (fileIds.length === 0) return views
  const waiting = await sql
    .selectFrom('remote_files')
    .selectAll()
    .where('token_id', '=', tokenId)
    .where('file_id', 'in', fileIds)
    .execute()
  for (const row of waiting) {
    views.set(row.file_id, {
      kind: row.kind,
      name: row.name,
      mime: '',
      length: 0,
      seconds: Math.round((row.duration_ms ?? 0) / 1000),
      width: 0,
      height: 0,
      hasThumb: row.thumb_locator !== null || row.kind === 'image' || row.kind === 'video',
      here: false,
      fileId: row.file_id,
    })
  }
  const here = await sql
    .selectFrom('media')
    .innerJoin('blobs', 'blobs.blob_key', 'media.body_key')
    .select(['media.file_id', 'media.kind', 'media.name', 'media.thumb_key', 'media.play_seconds'])
    .select(['blobs.mime', 'blobs.length', 'blobs.width', 'blobs.height'])
    .where('media.token_id', '=', tokenId)
    .where('media.file_id', 'in', fileIds)
    .execute()
  for (const row of here) {
    views.set(row.file_id, {
      kind: row.kind,
      name: row.name,
      mime: row.mime,
      length: row.length,
      seconds: row.play_seconds,
      width: row.width ?? 0,
      height: row.height ?? 0,
      hasThumb: row.thumb_key !== null,
      here: true,
      fileId: row.file_id,
    })
  }
  return views
}
