import type { Fetched } from '../outbound/outbound.ts'

/** What a driver is told about the device that it works for. */
export interface ChannelDevice {
  readonly appId: string
  readonly nickName: string
  /** Once logged in. */
  readonly wxid: string | undefined
}

/** A login that a person, or nobody, has to confirm. */
export interface LoginStart {
  readonly uuid: string
  /** What the QR code says. */
  readonly qrData: string
  /** Good for so long, seconds. */
  readonly seconds: number
}

/** How a login stands, in the contract's numbers (2.7). */
export type LoginState =
  | { readonly status: 0 | 1 | 4 }
  | { readonly status: 2; readonly account: { readonly wxid: string; readonly nickName: string } }

/** One message on its way out. */
export interface Outgoing {
  readonly fromWxid: string
  readonly toWxid: string
  /** Members of `toWxid` where it is a chatroom, the sender included. */
  readonly members: readonly string[] | undefined
  readonly msgType: number
  readonly content: string
}

/** What a device receives of it. */
export interface Arrival {
  readonly wxid: string
  /** Whom it comes from, as the receiver sees it: the sender, or the chatroom. */
  readonly fromWxid: string
  readonly content: string
}

interface AnyChannel {
  readonly name: string
  readonly capabilities: {
    readonly chatrooms: boolean
    readonly revoke: boolean
  }
}

/**
 * A network inside the gateway: what is sent has arrived once its rows are written. A driver knows nothing of rows,
 * blobs or routes.
 */
export interface InsideChannel extends AnyChannel {
  readonly kind: 'inside'
  startLogin(device: ChannelDevice): Promise<LoginStart>
  checkLogin(device: ChannelDevice, uuid: string): Promise<LoginState>
  /** What arrives where. The arrivals become rows in the same unit as the message itself. */
  deliver(outgoing: Outgoing): readonly Arrival[]
}

/**
 * What lets a driver speak as a device: a secret whose text only the driver understands. Kept sealed, never logged.
 */
export type Credentials = string

/** Where a login of a remote device has come to. `login` is the driver's own, to be handed back; kept sealed. */
export type LoginStep =
  /** Nobody has confirmed yet. */
  | { readonly kind: 'waiting'; readonly scanned: boolean; readonly login: string }
  /** The phone shows digits that have to be given to the next step; `wrong` when the last ones were. */
  | { readonly kind: 'code'; readonly wrong: boolean; readonly login: string }
  /** The QR code is of no more use. */
  | { readonly kind: 'over'; readonly reason: 'expired' | 'blocked' }
  /** One of the `known` credentials already speaks as whoever scanned. */
  | { readonly kind: 'bound' }
  | { readonly kind: 'done'; readonly wxid: string; readonly credentials: Credentials }

/** Sealed bytes as they rest, AES-128-ECB under `aesKey`. */
export interface SealedFile {
  /** 32 hex digits. */
  readonly aesKey: string
  /** Plain bytes. */
  readonly length: number
  /** Of the plain bytes, hex. */
  readonly md5: string
  /**
   * The sealed bytes from the first to the last; may be asked for again. A piece is good only until the next is asked
   * for.
   */
  pieces(): AsyncIterable<Buffer>
}

/** A file that is to be sent. */
export interface OutgoingFile {
  readonly kind: 'video' | 'image' | 'file'
  /** As the receiver sees it; empty where it has none. */
  readonly name: string
  readonly body: SealedFile
  readonly thumb: (SealedFile & { readonly width: number; readonly height: number }) | undefined
  /** Measured, milliseconds. */
  readonly durationMs: number | undefined
}

/** What is sent: words, or a file that was uploaded. */
export type RemoteBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly file: OutgoingFile; readonly reference: string }

export interface RemoteOutgoing {
  readonly toWxid: string
  /** The newest that the receiver's messages brought. */
  readonly context: string | undefined
  readonly body: RemoteBody
}

/** A file that waits on the network's own CDN. */
export interface RemoteFile {
  /** Where it is, in the driver's own words. */
  readonly locator: string
  /** 32 hex digits; empty where the bytes are not sealed. */
  readonly aesKey: string
  /** Plain bytes, as the network says. */
  readonly length: number | undefined
  readonly md5: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
}

export type InboundPart =
  | { readonly kind: 'text'; readonly text: string; readonly quote: InboundQuote | undefined }
  | {
      readonly kind: 'image' | 'video' | 'voice' | 'file'
      readonly file: RemoteFile
      readonly thumb: RemoteFile | undefined
      readonly name: string | undefined
      /** Without the dot, where the network tells. */
      readonly extension: string | undefined
      readonly durationMs: number | undefined
      /** What was said, as the network heard it. */
      readonly transcript: string | undefined
    }
  /** Something that this gateway has no shape for; `label` names it for people. */
  | { readonly kind: 'other'; readonly label: string }

/** What a message refers to. */
export interface InboundQuote {
  /** Of the quoted message, where the network tells; decimal digits. */
  readonly id: string | undefined
  /** What of it can be shown. */
  readonly text: string
}

/** One message from the network. */
export interface Inbound {
  /** Decimal digits; empty where the network gave none. */
  readonly id: string
  /** The sender's own id for it. */
  readonly clientId: string | undefined
  readonly fromWxid: string
  /** Unix milliseconds. */
  readonly sentAt: number
  /** To be echoed in what is sent to the sender. */
  readonly context: string | undefined
  readonly parts: readonly InboundPart[]
}

export interface Polled {
  readonly messages: readonly Inbound[]
  /** Where the next poll goes on, once everything up to here is safe; undefined leaves it as it was. */
  readonly cursor: string | undefined
  /** How long the network wants the next poll to wait, milliseconds. */
  readonly holdMs: number | undefined
}

/**
 * A network beyond this process. Failures are GatewayErrors that answer three questions: whether a retry may help,
 * whether it is certain that nothing was sent, and what the caller may read. `session_dead` means that the
 * credentials no longer speak for anybody.
 */
export interface RemoteChannel extends AnyChannel {
  readonly kind: 'remote'
  /**
   * Starts a login.
   * @param known credentials that this gateway holds, the most likely first
   */
  startLogin(known: readonly Credentials[]): Promise<LoginStart & { readonly login: string }>
  /**
   * One step of a login; may take as long as the network holds it. Must not be given up early: an answer that
   * nobody reads is a login lost. A network that does not answer counts as `waiting`.
   * @param code the digits the phone showed, where they were asked for
   */
  stepLogin(login: string, code: string | undefined, signal: AbortSignal): Promise<LoginStep>
  /** Tells the network that the device listens from now on. @throws {GatewayError} session_dead, channel_* */
  begin(credentials: Credentials): Promise<void>
  /** Tells the network that it does no longer. @throws {GatewayError} session_dead, channel_* */
  end(credentials: Credentials): Promise<void>
  /** Waits for messages. @throws {GatewayError} session_dead, channel_*; or the abort reason */
  poll(
    credentials: Credentials,
    from: { readonly cursor: string; readonly holdMs: number | undefined },
    signal: AbortSignal,
  ): Promise<Polled>
  /**
   * Moves a file to the network's CDN. Bytes are streamed as they rest.
   * @returns a reference for any number of sends of the same file, in the driver's own words
   * @throws {GatewayError} session_dead, upload_failed, channel_*, or what `pieces` throws
   */
  upload(credentials: Credentials, toWxid: string, file: OutgoingFile, signal: AbortSignal): Promise<string>
  /**
   * Sends once, and never again by itself.
   * @returns the network's id for it, undefined where it gave none: then it was only accepted
   * @throws {GatewayError} session_dead, channel_limited, channel_refused, channel_unreachable: nothing was sent;
   *   send_unknown: the answer never came
   */
  send(credentials: Credentials, outgoing: RemoteOutgoing): Promise<{ readonly remoteId: string | undefined }>
  /**
   * Opens a file on the network's CDN: its bytes as they rest there.
   * @throws {GatewayError} fetch_*, url_*
   */
  open(
    locator: string,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<Fetched>
}

/** A way for a device's messages to leave and arrive. */
export type Channel = InsideChannel | RemoteChannel
