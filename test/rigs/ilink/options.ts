import type { IncomingHttpHeaders } from 'node:http'

/** How the rig behaves; every field may change while it runs. */
export interface IlinkOptions {
  /** Records what a request does wrong and refuses what today's server is known to refuse. */
  strict: boolean
  /** How long `getupdates` is held when nothing is new. */
  holdMs: number
  /** How long `get_qrcode_status` is held while the status stays what the caller already knows. */
  qrHoldMs: number
  qrLifetimeMs: number
  /** Bot messages allowed for one message of the user. */
  quota: number
  /** How long after the user's last message the bot may write. */
  windowMs: number
  /** Longest text in UTF-16 units; a longer one is `-2 prepare failed`. */
  maxText: number
  /** What `getuploadurl` names: the whole URL, the parameter to build it from, or both. */
  uploadAnswer: 'full' | 'param' | 'both'
  /** The same for the thumbnail, when the request wants one. */
  thumbAnswer: 'full' | 'param' | 'none'
  /** Whether the answer of `sendmessage` has `message_id`. */
  sendId: boolean
  /** Whether it has `ret`. */
  sendAnswersRet: boolean
  /** Whether it is `{}`, as old servers answer. */
  emptySendAnswer: boolean
  /** Whether the answer of `getupdates` has `ret`. */
  updatesRet: boolean
  /** A send without `context_token`: shown, refused with -2, or answered 0 and shown to nobody. */
  missingContext: 'accept' | 'refuse' | 'lose'
  /** A reference that expireUploads() made stale: answered 0 and not shown, or refused with -2. */
  staleUploads: 'accept' | 'refuse'
  /** A download by parameter also needs the `taskid` of the full URL. */
  taskid: boolean
  /** Takes uploads with chunked transfer encoding; else 411. */
  chunkedUploads: boolean
  /** Sent with every `getupdates` answer when set. */
  longpollingTimeoutMs?: number
  /** Uploads are read at most this fast. */
  slowReadBytesPerSecond?: number
  /** Decrypts every upload and compares its md5. */
  verifyUploads: boolean
  /** Keeps uploaded bytes for the phone to show; without, an upload is only measured. */
  keepUploads: boolean
  /** `message_id`, `msg_id` and `svr_id` are bare numbers beyond 2^53; else strings. */
  bareIds: boolean
  /** A poll with an old cursor is given the later messages again; without, what was delivered never comes again. */
  replay: boolean
  /** What a user's video says in `play_length`; no official source names the unit. */
  playLength: 'seconds' | 'ms' | 'none'
  /** The clock of windows and lifetimes, Unix milliseconds. */
  now: () => number
}

export const defaults: IlinkOptions = {
  strict: true,
  holdMs: 2000,
  qrHoldMs: 300,
  qrLifetimeMs: 120_000,
  quota: 10,
  windowMs: 86_400_000,
  maxText: 5000,
  uploadAnswer: 'full',
  thumbAnswer: 'param',
  sendId: true,
  sendAnswersRet: true,
  emptySendAnswer: false,
  updatesRet: true,
  missingContext: 'refuse',
  staleUploads: 'accept',
  taskid: false,
  chunkedUploads: false,
  verifyUploads: true,
  keepUploads: true,
  bareIds: true,
  replay: true,
  playLength: 'seconds',
  now: Date.now,
}

export type Endpoint =
  | 'get_bot_qrcode'
  | 'get_qrcode_status'
  | 'getupdates'
  | 'sendmessage'
  | 'getuploadurl'
  | 'getconfig'
  | 'sendtyping'
  | 'notifystart'
  | 'notifystop'
  | 'cdn/upload'
  | 'cdn/download'

/** A request as it came. */
export interface RigRequest {
  /** `unknown` for a path or method that is none of the protocol. */
  readonly endpoint: Endpoint | 'unknown'
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; `undefined` without a body or when it is no JSON; for the CDN the bytes read so far. */
  readonly body: unknown
}

/** What a phone shows for one accepted message. */
export interface Shown {
  readonly kind: 'text' | 'image' | 'video' | 'file' | 'nothing'
  readonly text?: string
  /** The decrypted bytes, read when asked for; absent above 32 MiB and without `keepUploads`. */
  readonly bytes?: Buffer
  /** Plain bytes, or UTF-16 units of a text. */
  readonly length: number
  /** Of the plain bytes, hex; empty for a text. */
  readonly md5: string
  readonly thumb?: Buffer
  readonly thumbWidth?: number
  readonly thumbHeight?: number
  readonly playLength?: number
  readonly name?: string
  /** Why nothing is to be seen, or only a grey box. */
  readonly why?: string
  readonly messageId: string
  readonly clientId: string
  readonly at: number
}

/** A quoted message; today's phones send only its id. */
export interface Quote {
  readonly messageId?: string
  readonly title?: string
  readonly text?: string
  readonly item?: unknown
}

export type Written =
  | { readonly text: string; readonly quote?: Quote }
  | { readonly image: Buffer }
  | { readonly video: Buffer; readonly thumb?: Buffer; readonly playMs?: number }
  | { readonly voice: Buffer; readonly playMs?: number; readonly transcript?: string }
  | { readonly file: Buffer; readonly name: string }
  /** This item as it is, `type` and all. */
  | { readonly item: unknown }

export interface WriteOptions {
  /** Delivers it twice: with the same message id, or with another. */
  readonly duplicate?: 'same id' | 'new id'
  readonly messageId?: string
  readonly clientId?: string
  readonly createTimeMs?: number
  /** Media lies unencrypted on the CDN, and no key is told. */
  readonly plain?: boolean
  /** Fields of the message that are other than usual, such as `message_type`. */
  readonly fields?: Record<string, unknown>
}

/** One user's WeChat. */
export interface Phone {
  readonly userId: string
  /** `qrData` is what `qrcode_img_content` held. */
  scan(qrData: string): void
  /**
   * Binds the user to a new bot, or to the one its installation already holds. With `redirect`, the caller is first sent
   * to the rig's second listener. After requireCode() it takes effect once the right code came.
   */
  confirm(qrData: string, options?: { redirect?: boolean }): { botId: string }
  /** Asks for a code until the right one comes; `maxWrong` wrong ones (3 unless given) block the QR code. */
  requireCode(qrData: string, code: string, maxWrong?: number): void
  expire(qrData: string): void
  /** Writes to a bot: a new context token, and the quota is full again. */
  write(botId: string, what: Written, options?: WriteOptions): { messageId: string; contextToken: string }
  /** Oldest first. */
  readonly screen: readonly Shown[]
}

export interface Bot {
  readonly botId: string
  readonly token: string
  readonly userId: string
  alive: boolean
}
