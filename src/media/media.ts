import type { Row } from '../database/tables.ts'
import type { MediaKind } from '../database/tables-media.ts'

/** One sendable thing on our CDN, as the messages room needs it. */
export interface Media {
  readonly fileId: string
  readonly kind: MediaKind
  /** Of a file, as its receiver sees it; otherwise empty. */
  readonly name: string
  readonly aesKey: string
  readonly playSeconds: number
  readonly lastUsedAt: number
  readonly body: BlobFacts
  /** Videos and pictures have one. */
  readonly thumb: BlobFacts | undefined
}

/** What is known of sealed bytes; `length` and digests are of the plain ones. */
export interface BlobFacts {
  readonly key: string
  readonly length: number
  readonly md5: string
  readonly sha256: string
  readonly mime: string
  readonly extension: string
  /** Measured, where it plays. */
  readonly durationMs: number | undefined
  readonly width: number | undefined
  readonly height: number | undefined
}

export function blobFacts(row: Row<'blobs'>): BlobFacts {
  return {
    key: row.blob_key,
    length: row.length,
    md5: row.md5,
    sha256: row.sha256,
    mime: row.mime,
    extension: row.extension,
    durationMs: row.duration_ms ?? undefined,
    width: row.width ?? undefined,
    height: row.height ?? undefined,
  }
}

/** Media as rows make them. */
export function mediaOf(media: Row<'media'>, body: Row<'blobs'>, thumb: Row<'blobs'> | undefined): Media {
  return {
    fileId: media.file_id,
    kind: media.kind,
    name: media.name,
    aesKey: media.aes_key,
    playSeconds: media.play_seconds,
    lastUsedAt: media.last_used_at,
    body: blobFacts(body),
    thumb: thumb && blobFacts(thumb),
  }
}

/**
 * Play length in whole seconds, at least 1: what the bytes say, and the caller's word where they say nothing.
 * @param durationMs measured, or null
 * @param told the caller's videoDuration in seconds, fractions allowed
 */
export function playSeconds(durationMs: number | null, told: number): number {
  return Math.max(1, Math.round(durationMs === null ? told : durationMs / 1000))
}
