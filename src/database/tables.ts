import type { Insertable, Selectable } from 'kysely'
import type {
  ChatroomMemberTable,
  ChatroomTable,
  ContactTable,
  DeviceTable,
  InboxTable,
  LoginTable,
  SessionTable,
} from './tables-devices.ts'
import type { BlobTable, MediaTable, RemoteFileTable, SourceTable, UploadTable } from './tables-media.ts'
import type { AttemptTable, CallbackTable, EventTable, MessageTable } from './tables-messages.ts'

/*
 * The rows of every room, for both engines. Times are Unix milliseconds; ids of messages, events and jobs are the
 * 16-digit numbers of ids.ts, exact in a JavaScript number.
 */

export interface TokenTable {
  id: string
  name: string
  /** sha256 of the token, hex: the token itself is kept nowhere. */
  hash: string
  created_at: number
  revoked_at: number | null
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

/** Somebody who is signed in with a browser. */
export interface BrowserSessionTable {
  /** sha256 of what the cookie holds, hex. */
  hash: string
  token_id: string
  created_at: number
  expires_at: number
}

export interface MigrationTable {
  name: string
  applied_at: number
}

/** Which release applied a migration; none is known of those before there was this table. */
export interface MigratedByTable {
  name: string
  version: string
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
  browser_sessions: BrowserSessionTable
  migrations: MigrationTable
  migrated_by: MigratedByTable
}

export type Row<T extends keyof Tables> = Selectable<Tables[T]>
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>
