import { type Static, Type } from 'typebox'
import { appId, wxid } from '../http/fields.ts'

/* What the console's pages ask for and get. `web/` takes its types from here, so that both sides are one definition. */

/** Characters of a nickname. */
const MAX_NAME = 64
/** Rows in one answer. */
const MAX_PAGE = 100

const text = (description: string) => Type.String({ description })
const nullable = <T>(type: string, description: string) =>
  Type.Unsafe<T | null>({ type: [type, 'null'], description })
const id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '16 位数字的 ID' })
const moment = Type.Integer({ description: '毫秒时间戳' })
const maybeMoment = Type.Unsafe<number | null>({ type: ['integer', 'null'], description: '毫秒时间戳' })
const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: '条数' }))
const before = Type.Optional(
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '只取比它更早的' }),
)

export const nothing = Type.Object({})

export const signInRequest = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 512, description: 'token，或登录链接中的通行证' }),
})

/** Who is signed in, and what the pages need to know of the gateway. */
export const session = Type.Object({
  tokenName: text('token 的名称'),
  version: text('网关版本'),
  /** Names of the channels a device can be added on, the default first. */
  channels: Type.Array(Type.String()),
  /** Bytes. */
  maxVideoBytes: Type.Integer(),
  maxFileBytes: Type.Integer(),
  maxImageBytes: Type.Integer(),
})
export type Session = Static<typeof session>

export const device = Type.Object({
  appId: text('设备ID'),
  channel: text('通道'),
  /** Empty before the first login. */
  wxid: text('微信ID'),
  nickName: text('昵称'),
  /** `silent`: the network has not answered for a while. `scan needed`: it no longer knows the login. */
  state: Type.Unsafe<DeviceState>({ type: 'string', description: '状态' }),
  /** When a message last came or went; null for never. */
  lastActivity: maybeMoment,
  createdAt: moment,
  /** What the channel can do. */
  chatrooms: Type.Boolean(),
  revoke: Type.Boolean(),
})
export const devices = Type.Array(device)
export type DeviceView = Static<typeof device>
export type DeviceState = 'new' | 'online' | 'offline' | 'silent' | 'scan needed'

export const renameRequest = Type.Object({
  appId,
  nickName: Type.String({ minLength: 1, maxLength: MAX_NAME, description: '新的昵称' }),
})

/** A message's file. Its bytes: `GET /console/media/<appId>/<newMsgId>/body` and `…/thumb`, with Range. */
const media = Type.Object({
  kind: Type.Unsafe<'video' | 'image' | 'voice' | 'file'>({ type: 'string' }),
  /** Of a file, otherwise empty. */
  name: Type.String(),
  mime: Type.String(),
  /** Bytes; 0 where the network has not told. */
  length: Type.Integer(),
  /** Whole seconds; 0 for what does not play. */
  seconds: Type.Integer(),
  /** Pixels, of the video or picture; 0 where unknown. */
  width: Type.Integer(),
  height: Type.Integer(),
  hasThumb: Type.Boolean(),
  /** False: it still waits on its network's CDN, and asking for its bytes fetches it. */
  here: Type.Boolean(),
  fileId: Type.String(),
})
export type MediaView = Static<typeof media>

export const message = Type.Object({
  newMsgId: id,
  msgId: Type.Integer(),
  direction: Type.Unsafe<'out' | 'in'>({ type: 'string' }),
  /** The other side: a wxid or a chatroom. */
  peer: Type.String(),
  /** Who wrote it. */
  senderWxid: Type.String(),
  senderName: Type.String(),
  /** `notice`: a grey line. `other`: a kind that is only named, in `text`. */
  kind: Type.Unsafe<MessageKind>({ type: 'string' }),
  /** The words; of a quote the answer; of a file its name. Empty for a withdrawn message. */
  text: Type.String(),
  /** Of a quote: what it answers, "name: words". */
  quoted: nullable<string>('string', '被引用的消息'),
  /** See MessageState in database/tables.ts; `accepted`: the network took it and gave it no id. */
  state: Type.Unsafe<MessageStateView>({ type: 'string' }),
  /** Why it failed or is unknown; otherwise empty. */
  failure: Type.String(),
  createdAt: moment,
  media: Type.Unsafe<MediaView | null>({ ...media, type: ['object', 'null'] }),
  /** What the forward routes take; empty for what cannot be forwarded. */
  xml: Type.String(),
})
export type MessageView = Static<typeof message>
export type MessageKind = 'text' | 'image' | 'voice' | 'video' | 'file' | 'quote' | 'notice' | 'other'
export type MessageStateView =
  | 'pending'
  | 'sent'
  | 'accepted'
  | 'failed'
  | 'unknown'
  | 'held'
  | 'received'
  | 'revoked'

/** Newest first; `before` is the `newMsgId` of the last one got. */
export const conversationsRequest = Type.Object({ appId, before, limit })
export const conversation = Type.Object({
  peer: Type.String(),
  nickName: Type.String(),
  chatroom: Type.Boolean(),
  last: message,
})
export const conversations = Type.Object({ conversations: Type.Array(conversation), more: Type.Boolean() })
export type ConversationView = Static<typeof conversation>

/** Oldest first; `before` is the `newMsgId` of the oldest one got. */
export const messagesRequest = Type.Object({ appId, peer: wxid('好友/群的ID'), before, limit })
export const messages = Type.Object({ messages: Type.Array(message), more: Type.Boolean() })

/** Those that the device can write to, whether or not it has. */
export const contactsRequest = Type.Object({ appId })
export const contact = Type.Object({
  wxid: Type.String(),
  nickName: Type.String(),
  chatroom: Type.Boolean(),
})
export const contacts = Type.Array(contact)
export type ContactView = Static<typeof contact>

export const eventsRequest = Type.Object({
  before,
  limit,
  /** Only events in this state. */
  state: Type.Optional(Type.Unsafe<EventState>({ type: 'string', enum: ['owed', 'delivered', 'failed'] })),
})
export type EventState = 'owed' | 'delivered' | 'failed'
export const event = Type.Object({
  id,
  appId: Type.String(),
  newMsgId: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  state: Type.Unsafe<EventState>({ type: 'string' }),
  attempts: Type.Integer(),
  createdAt: moment,
  settledAt: maybeMoment,
  /** What the last attempt came to; null before the first. */
  lastStatus: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  lastError: nullable<string>('string', '最近一次投递的错误'),
})
export type EventView = Static<typeof event>

/** Newest first; `before` is the `id` of the last one got. */
export const events = Type.Object({
  /** Null where none is set. */
  url: nullable<string>('string', '回调地址'),
  /** Signs the bodies (Standard Webhooks). */
  secret: Type.String(),
  owed: Type.Integer(),
  failed: Type.Integer(),
  events: Type.Array(event),
  more: Type.Boolean(),
})

export const eventRequest = Type.Object({ id })
/** One event with its body as it is sent, and each attempt, the newest first. */
export const eventDetail = Type.Object({
  event,
  body: Type.String(),
  attempts: Type.Array(
    Type.Object({
      number: Type.Integer(),
      at: moment,
      /** Milliseconds. */
      duration: Type.Integer(),
      /** HTTP status; null where no answer came. */
      status: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
      error: nullable<string>('string', '错误'),
    }),
  ),
})

export const callbackRequest = Type.Object({
  callbackUrl: Type.String({ minLength: 1, maxLength: 8192, description: '回调地址' }),
})
