import { Agent, request } from 'node:http'
import { expect, test } from 'vitest'
import type { Reply } from '../rigs/gateway.ts'
import { serve } from '../rigs/origin.ts'
import { token, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { acknowledged, type Call } from './callers-traffic.ts'
import { video } from './clips.ts'
import { newVideo, rounds, seed, startWorld, type World } from './fault-world.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const CALLERS = 16

/** How a request ended that got no answer. */
interface Unanswered {
  readonly code: string | undefined
  /** On a connection that had served a request before. */
  readonly reused: boolean
  readonly begun: 'before the signal' | 'after it'
}

/** One caller, with one connection that it keeps as long as the gateway does. Ends when a request gets no answer. */
async function callUntilGone(world: World, begun: () => Unanswered['begun']): Promise<Unanswered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (;;) {
      const call = nextCall(world)
      world.traffic.calls.push(call)
      const when = begun()
      const outcome = await post(agent, world.gateway.baseUrl, call)
      if (!('reply' in outcome)) return { ...outcome, begun: when }
      call.reply = outcome.reply
    }
  } finally {
    agent.destroy()
  }
}

function nextCall(world: World): Call {
  const { random, calls } = world.traffic
  const call = newVideo(world)
  const before = acknowledged(calls)
  const earlier = before[Math.floor(random() * before.length)]
  if (!earlier || random() < 0.5) return call
  const body = { appId: call.from.appId, toWxid: call.body.toWxid, xml: xmlOf(earlier.sent) }
  return { ...call, path: '/message/forwardVideo', body, original: earlier.call.original, alone: false }
}

function post(agent: Agent, baseUrl: string, { path, body }: Call) {
  return new Promise<{ reply: Reply<Sent> } | { code: string | undefined; reused: boolean }>((resolve) => {
    const headers = { 'content-type': 'application/json', 'x-gewe-token': token }
    const asked = request(baseUrl + path, { agent, method: 'POST', headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ reply: JSON.parse(Buffer.concat(parts).toString()) }))
      response.on('error', fail)
    })
    const fail = (error: NodeJS.ErrnoException) => resolve({ code: error.code, reused: asked.reusedSocket })
    asked.on('error', fail).end(JSON.stringify(body))
  })
}

/** A connection that the process never took, since it was asked for after the signal, drops nothing. */
function wasNeverTaken({ code, reused, begun }: Unanswered): boolean {
  return begun === 'after it' && !reused && (code === 'ECONNREFUSED' || code === 'ECONNRESET')
}

test(`SIGTERM while 16 callers send: whatever was accepted is answered, and is there after the next start (seed ${seed})`, {
  timeout: 60_000 * rounds,
}, async () => {
  let world = await startWorld()
  const { close } = world
  let acknowledgedInAll = 0
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { gateway, traffic } = world
      let begun: Unanswered['begun'] = 'before the signal'
      const first = acknowledged(traffic.calls).length
      const callers = Array.from({ length: CALLERS }, () => callUntilGone(world, () => begun))
      await until('they are under way', () => acknowledged(traffic.calls).length >= first + 2 * CALLERS)
      begun = 'after it'
      const ended = gateway.stop()
      const last = await Promise.all(callers)
      expect(last.filter((outcome) => !wasNeverTaken(outcome))).toEqual([])
      expect(await ended).toEqual({ code: 0, signal: null })
      const refused = traffic.calls.flatMap(({ reply }) => (reply && reply.ret !== 200 ? [reply] : []))
      for (const reply of refused) {
        expect(reply).toMatchObject({ ret: 500, data: { code: 'shutting_down', sent: 'no' } })
      }
      acknowledgedInAll = acknowledged(traffic.calls).length
      world = { ...world, gateway: await world.start() }
    }
    expect(acknowledgedInAll).toBeGreaterThan(CALLERS)
    report({ fault: 'stopped under load', tried: rounds, seed, ...(await whatIsLeft(world)) })
  } finally {
    await close()
  }
})

test('a file that was refused for its first bytes does not hold a stop up', async () => {
  const world = await startWorld()
  try {
    world.origin.route('/4711.mp4', serve(Buffer.alloc(1024 ** 2, 'no video '), { type: 'video/mp4' }))
    const { appId } = world.traffic.sender
    const body = { appId, toWxid: world.traffic.friend.wxid, ...video(world.origin, 4711) }
    const refused = await world.gateway.post('/message/postVideo', body)
    expect(refused).toMatchObject({ ret: 500, data: { code: 'video_invalid', sent: 'no' } })
    expect(await world.gateway.stop()).toEqual({ code: 0, signal: null })
  } finally {
    await world.close()
  }
})
