import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { seeded } from '../../bench/seeded.js'
import type { Reply } from '../rigs/gateway.ts'
import type { Origin } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, startProcess, until } from '../rigs/process.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { nextAct } from './callers-acts.ts'
import type { Call, Traffic } from './callers-traffic.ts'
import { clipOf, startClips, video } from './clips.ts'
import { begin } from './kill-life.ts'

/** The long form strikes more often. */
export const rounds = process.env.HONGYAN_TEST_FAULTS === 'long' ? 10 : 1
/** A failing run is repeated by giving its seed. */
export const seed = Number(process.env.HONGYAN_TEST_SEED ?? Date.now() % 1_000_000)

/** What one request heard: a reply, or how it was cut off. */
interface Heard {
  readonly path: string
  readonly reply?: Reply
  readonly broken?: unknown
}

/** A gateway under light traffic, whatever happens to it. */
export interface World {
  readonly gateway: GatewayProcess
  readonly origin: Origin
  readonly receiver: Receiver
  readonly traffic: Traffic
  readonly heard: Heard[]
  /** Starts the gateway once more, as it was started before. */
  start(): Promise<GatewayProcess>
  close(): Promise<void>
}

/** Starts a gateway with a sender, a friend, a group of both, and a receiver of callbacks. */
export async function startWorld({
  dataDir = newFolder(),
  env = {},
}: {
  readonly dataDir?: string
  readonly env?: Record<string, string | undefined>
} = {}): Promise<World> {
  const settings = { HONGYAN_LOG_LEVEL: 'warn', HONGYAN_SECRET_KEY: '11'.repeat(32), ...env }
  const start = () => startProcess({ dataDir, env: settings })
  const [origin, receiver, gateway] = await Promise.all([startClips(), startReceiver(), start()])
  const traffic = await begin(gateway, receiver, { origin, random: seeded(seed) })
  return {
    gateway,
    origin,
    receiver,
    traffic,
    heard: [],
    start,
    async close() {
      await Promise.all([gateway.stop('SIGKILL'), origin.close(), receiver.close()])
    },
  }
}

/**
 * Callers that send, forward, receive, upload and withdraw, one request after another, and go on whatever they hear.
 * @returns makes them stop and waits for their last replies
 */
export function startCallers({ gateway, traffic, heard }: World, count = 4): () => Promise<void> {
  let going = true
  const client = {
    ...gateway,
    async post<D>(path: string, body?: unknown, headers?: Record<string, string>) {
      const reply = await gateway.post<D>(path, body, headers)
      heard.push({ path, reply: asReply(reply) })
      return reply
    },
  }
  const caller = async () => {
    while (going) {
      await nextAct(traffic)(client).catch((broken: unknown) => heard.push({ path: '', broken }))
      await pause(5)
    }
  }
  const all = Promise.all(Array.from({ length: count }, caller))
  return async () => {
    going = false
    await all
  }
}

/** The same, with whatever data it has; a success may have none. */
function asReply({ ret, msg, data }: Reply<unknown>): Reply {
  return { ret, msg, data: { ...(typeof data === 'object' ? data : {}) } }
}

/** A send of a video that nobody else sends. */
export function newVideo({ traffic: { sender, friend, unique }, origin }: World): Call {
  const number = unique()
  return {
    path: '/message/postVideo',
    from: sender,
    body: { appId: sender.appId, toWxid: friend.wxid, ...video(origin, number) },
    key: undefined,
    original: () => clipOf(number),
    alone: true,
    reply: undefined,
    heardAt: 0,
  }
}

const chinese = expect.stringMatching(/[一-鿿]{4}/)

/**
 * The replies that are failures, after a look at each: in words, with one of `codes`, and with nothing sent. No request
 * went without a reply, and no file came with other bytes, unless it came with an error.
 * @param sent what they may say instead of `no`
 */
export function failuresOf(
  { heard, traffic }: World,
  codes: readonly string[],
  sent: readonly string[] = ['no'],
): readonly Reply[] {
  expect(heard.flatMap(({ broken }) => (broken === undefined ? [] : [broken]))).toEqual([])
  expect(traffic.wrong.filter((words) => !words.includes('gave HTTP 500'))).toEqual([])
  const uploads = traffic.uploads.map(({ reply }) => reply && asReply(reply))
  const replies = [...heard.map(({ reply }) => reply), ...uploads]
  const failed = replies.flatMap((reply) => (reply && reply.ret !== 200 ? [reply] : []))
  for (const { ret, msg, data } of failed) {
    expect({ ret, msg, data }).toMatchObject({ ret: 500, msg: chinese, data: { msg: chinese } })
    expect(codes).toContain(data.code)
    expect(sent).toContain(data.sent)
  }
  return failed
}

/** Waits until so many more requests came to a good end. */
export async function untilServed({ heard }: World, count = 8): Promise<void> {
  const first = heard.length
  const served = () => heard.slice(first).filter(({ reply }) => reply?.ret === 200).length
  await until(`${count} requests are served`, () => served() >= count)
}

/** Waits until a request of this path failed with this code. */
export async function untilFailed({ heard }: World, path: string, code: string): Promise<void> {
  const first = heard.length
  const failed = () => heard.slice(first).some((one) => one.path === path && one.reply?.data.code === code)
  await until(`${path} fails with ${code}`, failed, 40_000).catch((error: unknown) => {
    const others = heard
      .slice(first)
      .map((one) => `${one.path} ${one.reply?.data.code ?? one.broken ?? 'ok'}`)
    throw new Error(`${path} did not fail with ${code}; heard: ${[...new Set(others)].join(', ')}`, {
      cause: error,
    })
  })
}

/** Waits until /readyz answers with this status. */
export function untilReadyIs({ gateway }: World, status: 200 | 503): Promise<Record<string, unknown>> {
  const look = async () => {
    const response = await fetch(`${gateway.baseUrl}/readyz`)
    return response.status === status ? ((await response.json()) as Record<string, unknown>) : undefined
  }
  return until(`/readyz answers ${status}`, look, 40_000)
}
