/* The rows of devices: who they are, how they log in, whom they know. */

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
