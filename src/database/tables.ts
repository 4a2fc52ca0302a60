import type { Insertable, Selectable } from 'kysely'

/*
 * The rows of every room, for both engines. Times are Unix milliseconds; ids of messages, events and jobs are the
 * 16-digit numbers of messages/ids.ts, exact in a JavaScript number.
 */

export interface TokenTable {
  id: string
  name: string
  /** sha256 of the token, hex: the token itself is kept nowhere. */
  hash: string
  created_at: number
  revoked_at: number | null
}

export interface CallbackTable {
  token_id: string
  url: string
  set_at: number
}

export interface DeviceTable {
  app_id: string
  token_id: string
  channel: string
  wxid: string | null
  nick_name: string
  state: 'new' | 'online' | 'offline'
  /** The login under way: what checkLogin must name, and until when. */
  login_uuid: string | null
  login_expires_at: number
  created_at: number
}

export interface ChatroomTable {
  chatroom_id: string
  token_id: string
  channel: string
  owner_wxid: string
  nick_name: string
  created_at: number
}

export interface ChatroomMemberTable {
  chatroom_id: string
  wxid: string
}

export interface BlobTable {
  blob_key: string
  token_id: string
  kind: 'video' | 'thumb'
  /** Of the plain bytes, as are md5 and length. */
  sha256: string
  md5: string
  length: number
  aes_key: string
  /** Empty for a video; for a thumbnail the blob_key of the video whose key seals it. One blob per pair and content. */
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

export interface MediaTable {
  file_id: string
  token_id: string
  aes_key: string
  video_key: string
  thumb_key: string
  play_seconds: number
  created_at: number
  last_used_at: number
}

/** What a URL brought the last time, so that the next send can ask whether it still does. */
export interface SourceTable {
  token_id: string
  url_hash: string
  kind: 'video' | 'thumb'
  etag: string | null
  last_modified: string | null
  /** Of the video, or of the JPEG that the picture became. */
  sha256: string
  checked_at: number
}

export type MessageState = 'pending' | 'sent' | 'failed' | 'unknown' | 'held' | 'received' | 'revoked'

export interface MessageTable {
  app_id: string
  new_msg_id: number
  msg_id: number
  token_id: string
  direction: 'out' | 'in'
  from_wxid: string
  /** The receiver: a wxid or a chatroom. */
  to_wxid: string
  /** WeChat's MsgType. */
  msg_type: number
  content: string
  file_id: string | null
  /** held: for a device that is offline; its events are told when it comes back. */
  state: MessageState
  created_at: number
}

export interface EventTable {
  id: number
  token_id: string
  app_id: string
  /** The message it tells of, for looking up by message. */
  new_msg_id: number | null
  body: string
  state: 'owed' | 'delivered' | 'failed'
  attempts: number
  created_at: number
  settled_at: number | null
}

export interface AttemptTable {
  event_id: number
  number: number
  at: number
  duration_ms: number
  /** HTTP status, or null where no answer came. */
  status: number | null
  error: string | null
}

export interface JobTable {
  id: number
  kind: string
  /** Jobs of one lane run one at a time, the oldest due first. */
  lane: string
  payload: string
  run_at: number
  attempts: number
  claimed_by: string | null
  claimed_until: number
}

export interface IdempotencyTable {
  token_id: string
  key: string
  request_hash: string
  /** The whole reply as JSON text; null while the first call runs. */
  reply: string | null
  holder: string
  expires_at: number
}

export interface NodeTable {
  number: number
  holder: string
  expires_at: number
}

export interface MigrationTable {
  name: string
  applied_at: number
}

export interface Tables {
  tokens: TokenTable
  callbacks: CallbackTable
  devices: DeviceTable
  chatrooms: ChatroomTable
  chatroom_members: ChatroomMemberTable
  blobs: BlobTable
  media: MediaTable
  sources: SourceTable
  messages: MessageTable
  events: EventTable
  attempts: AttemptTable
  jobs: JobTable
  idempotency: IdempotencyTable
  nodes: NodeTable
  migrations: MigrationTable
}

export type Row<T extends keyof Tables> = Selectable<Tables[T]>
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>
