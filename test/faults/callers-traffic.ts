import type { Reply } from '../rigs/gateway.ts'
import type { Origin } from '../rigs/origin.ts'
import type { Client, LoggedIn, Sent } from '../rigs/process-client.ts'

/** One send of a caller, and what it heard. */
export interface Call {
  readonly path: `/message/${'postVideo' | 'forwardVideo' | 'postImage' | 'postText'}`
  readonly from: LoggedIn
  readonly body: Record<string, unknown> & { readonly toWxid: string }
  readonly key: string | undefined
  /** The bytes it sends, where it is not a text. */
  readonly original: (() => Buffer) | undefined
  /** Nobody else sends these bytes, or these words. */
  readonly alone: boolean
  /** Undefined when the gateway died first. */
  reply: Reply<Sent> | undefined
  /** When the reply came, of performance.now. */
  heardAt: number
}

/** One try to take a message back. */
export interface Withdrawal {
  readonly sent: Sent
  reply: Reply<unknown> | undefined
}

/** One file that a caller uploaded. */
export interface Upload {
  readonly original: () => Buffer
  reply: Reply<{ readonly fileUrl: string }> | undefined
}

/** What the callers share: who speaks to whom, and what was done so far. */
export interface Traffic {
  readonly sender: LoggedIn
  readonly friend: LoggedIn
  readonly chatroom: string
  readonly origin: Origin
  readonly random: () => number
  /** A number that nothing else has: of a clip, a picture, a text. */
  readonly unique: () => number
  /** Every send so far. */
  readonly calls: Call[]
  readonly withdrawals: Withdrawal[]
  readonly uploads: Upload[]
  /** What a caller met that is neither an answer nor the end of the gateway, and downloads with wrong bytes. */
  readonly wrong: string[]
}

/** The clips that everybody sends over and over have the numbers below this. */
export const SHARED = 5

/** Traffic of which nothing has happened yet. */
export function newTraffic(
  of: Pick<Traffic, 'sender' | 'friend' | 'chatroom' | 'origin' | 'random'>,
): Traffic {
  let last = 100
  const unique = () => {
    last += 1
    return last
  }
  return { ...of, unique, calls: [], withdrawals: [], uploads: [], wrong: [] }
}

/** Sends it, again or for the first time. */
export function send(client: Client, { path, body, key }: Call): Promise<Reply<Sent>> {
  return client.post<Sent>(path, body, key === undefined ? {} : { 'idempotency-key': key })
}

/** The calls that were told that their message is sent. */
export function acknowledged(calls: readonly Call[]): { call: Call; sent: Sent }[] {
  return calls.flatMap((call) => (call.reply?.ret === 200 ? [{ call, sent: call.reply.data }] : []))
}
