import { randomUUID } from 'node:crypto'
import type { Reply } from '../rigs/gateway.ts'
import type { Origin } from '../rigs/origin.ts'
import { type Client, type LoggedIn, type Sent, xmlOf } from '../rigs/process-client.ts'
import { video } from './clips.ts'

/** One request of a caller, and what it heard. */
export interface Call {
  readonly path: '/message/postVideo' | '/message/forwardVideo'
  readonly body: Record<string, unknown>
  readonly key: string | undefined
  /** The clip it sends. */
  readonly clip: number
  /** Nobody else sends this clip. */
  readonly alone: boolean
  /** Undefined when the gateway died first. */
  reply: Reply<Sent> | undefined
}

/** What the callers share: who speaks to whom, and what was sent so far. */
export interface Traffic {
  readonly sender: LoggedIn
  readonly friend: LoggedIn
  readonly chatroom: string
  readonly origin: Origin
  readonly random: () => number
  /** Every call of every round. */
  readonly calls: Call[]
}

/** The clips that everybody sends over and over. */
const SHARED = 5
let lastClip = 100

/** Eight callers that send, one request after another, until the gateway is gone. Resolves when all have seen it go. */
export async function sendUntilItDies(traffic: Traffic, client: Client, onReply: () => void): Promise<void> {
  const caller = async () => {
    for (;;) {
      const call = nextCall(traffic)
      traffic.calls.push(call)
      try {
        call.reply = await send(client, call)
      } catch {
        return
      }
      onReply()
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
}

/** Sends it, again or for the first time. */
export function send(client: Client, { path, body, key }: Call): Promise<Reply<Sent>> {
  return client.post<Sent>(path, body, key === undefined ? {} : { 'idempotency-key': key })
}

/** The calls that were told that their message is sent. */
export function acknowledged(calls: readonly Call[]): { call: Call; sent: Sent }[] {
  return calls.flatMap((call) => (call.reply?.ret === 200 ? [{ call, sent: call.reply.data }] : []))
}

function nextCall({ sender, friend, chatroom, origin, random, calls }: Traffic): Call {
  const to = { appId: sender.appId, toWxid: random() < 0.3 ? chatroom : friend.wxid }
  const key = random() < 0.5 ? randomUUID() : undefined
  const before = acknowledged(calls)
  const earlier = before[Math.floor(random() * before.length)]
  if (earlier && random() < 0.35) {
    const { clip } = earlier.call
    const body = { ...to, xml: xmlOf(earlier.sent) }
    return { path: '/message/forwardVideo', body, key, clip, alone: false, reply: undefined }
  }
  const alone = random() < 0.7
  if (alone) lastClip += 1
  const clip = alone ? lastClip : Math.floor(random() * SHARED)
  const body = { ...to, ...video(origin, clip) }
  return { path: '/message/postVideo', body, key, clip, alone, reply: undefined }
}
