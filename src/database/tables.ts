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

/** The login of a remote device that is under way. */
export interface LoginTable {
  app_id: string
  uuid: string
  /** The driver's own words, sealed. */
  login: string
  phase: 'waiting' | 'scanned' | 'code' | 'wrong code' | 'expired' | 'blocked' | 'failed' | 'done'
  /** Digits that a caller gave and nobody has tried yet. */
  code: string | null
  /** Why it failed, in words for people. */
  reason: string | null
  /** The process that follows it, while its node lives. */
  holder: string
}

/** A remote device that has logged in. */
export interface SessionTable {
  app_id: string
  /** Sealed. */
  credentials: string
  cursor: string
  /** How long the network wants the next poll to wait, milliseconds. */
  hold_ms: number | null
  /** The process that polls, while its node lives. */
  holder: string | null
  /** Since when no poll has succeeded. */
  failing_since: number | null
  /** Since when the network no longer knows the credentials. */
  dead_since: number | null
  /** When a dead session is asked again. */
  probe_at: number
  created_at: number
}

/** Somebody who wrote to a remote device, and what that allows it to send back. */
export interface ContactTable {
  app_id: string
  wxid: string
  nick_name: string
  /** What the network wants echoed, sealed. */
  context: string | null
  heard_at: number
  sends_left: number
  next_send_at: number
  /** The network refused; no send before. */
  blocked_until: number
  created_at: number
}

/** What a remote device received, so that it is told once. */
export interface InboxTable {
  app_id: string
  message_id: string
  /** Of sender and content. */
  fingerprint: string
  /** As the network says. */
  sent_at: number
  received_at: number
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
  /**
   * held: for a device that is offline; its events are told when it comes back. pending: handed to a network that has
   * not answered yet. unknown: its answer never came.
   */
  state: MessageState
  created_at: number
  /** The network's own id for it; null where it gave none. */
  remote_id: string | null
  /** The process that waits for the network's answer. */
  holder: string | null
  /** Why it failed, in words for people. */
  failure: string | null
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
  /** What to answer should the process that runs the first call die; without it nothing of that call was sent. */
  fallback: string | null
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
  remote_files: RemoteFileTable
  uploads: UploadTable
  logins: LoginTable
  sessions: SessionTable
  contacts: ContactTable
  inbox: InboxTable
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
