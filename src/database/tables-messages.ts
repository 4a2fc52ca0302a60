/* The rows of messages and of what is told about them. */

export interface CallbackTable {
  token_id: string
  url: string
  set_at: number
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
