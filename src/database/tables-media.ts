/* The rows of media: what lies sealed in the store, where it came from and where it went. */

export type BlobKind = MediaKind | 'thumb'

export interface BlobTable {
  blob_key: string
  token_id: string
  kind: BlobKind
  /** Of the plain bytes, as are md5 and length. */
  sha256: string
  md5: string
  length: number
  aes_key: string
  /**
   * Whose key seals it: for a thumbnail the blob_key of its video or picture, for what came from a network's CDN its
   * file_id. Otherwise what it is kept as: empty for a video, `image` or `file`. One blob per pair and content.
   */
  sealed_for: string
  mime: string
  extension: string
  duration_ms: number | null
  width: number | null
  height: number | null
  video_codec: string | null
  audio_codec: string | null
  created_at: number
}

export type MediaKind = 'video' | 'image' | 'voice' | 'file'

export interface MediaTable {
  file_id: string
  token_id: string
  kind: MediaKind
  /** Of a file, as its receiver sees it; otherwise empty. */
  name: string
  aes_key: string
  body_key: string
  /** Videos and pictures have one. */
  thumb_key: string | null
  /** 0 for what does not play. */
  play_seconds: number
  created_at: number
  last_used_at: number
}

/** A received file whose bytes wait on the network's CDN until somebody asks for them; then media get its file_id. */
export interface RemoteFileTable {
  file_id: string
  app_id: string
  token_id: string
  kind: MediaKind
  name: string
  /** Where the network tells, or empty. */
  extension: string
  /** The key that the media have, or will have. */
  aes_key: string
  /** 1 where the bytes lie sealed with it, 0 where they lie open. */
  sealed: number
  /** Of the plain bytes, where the network tells. */
  md5: string | null
  /** The driver's own words. */
  locator: string
  thumb_aes_key: string | null
  thumb_locator: string | null
  duration_ms: number | null
  created_at: number
}

/** Media that a device has moved to its network's CDN. */
export interface UploadTable {
  app_id: string
  file_id: string
  /** The driver's own words. */
  reference: string
  uploaded_at: number
}

/** What a URL brought the last time, so that the next send can ask whether it still does. */
export interface SourceTable {
  token_id: string
  url_hash: string
  kind: BlobKind
  etag: string | null
  last_modified: string | null
  /** Of the video, or of the JPEG that the picture became. */
  sha256: string
  checked_at: number
}
