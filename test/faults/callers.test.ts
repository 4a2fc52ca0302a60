import { Agent, request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Reply } from '../rigs/gateway.ts'
import type { Origin } from '../rigs/origin.ts'
import { newFolder, startProcess } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { startClips, video } from './clips.ts'

let origin: Origin
beforeEach(async () => {
  origin = await startClips()
})
afterEach(() => origin.close())

interface Answered {
  readonly reply: Reply<Sent>
  readonly reused: boolean
}

/** A gateway with two devices, and posts that go through `agent`. */
async function ready(agent: Agent) {
  const gateway = await startProcess({ dataDir: newFolder() })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const post = (path: string, body: Record<string, unknown>) =>
    new Promise<Answered>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'x-gewe-token': gateway.token }
      const sent = request(gateway.baseUrl + path, { method: 'POST', agent, headers }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => {
          resolve({ reply: JSON.parse(Buffer.concat(parts).toString()), reused: sent.reusedSocket })
        })
      })
      sent.on('error', reject).end(JSON.stringify(body))
    })
  return { gateway, to, post }
}

test('one connection carries request after request, failures included', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { to, post } = await ready(agent)
  const first = await post('/message/postVideo', { ...to, ...video(origin, 1) })
  expect(first).toMatchObject({ reused: false, reply: { ret: 200 } })
  const xml = xmlOf(first.reply.data)
  const later = [
    await post('/message/forwardVideo', { ...to, xml }),
    await post('/message/forwardVideo', { ...to, xml: 'no xml' }),
    await post('/message/nothing', {}),
    await post('/v2/api/message/forwardVideo', { ...to, xml }),
  ]
  expect(later.map(({ reply, reused }) => [reply.ret, reused])).toEqual([
    [200, true],
    [500, true],
    [500, true],
    [200, true],
  ])
  agent.destroy()
})

test('200 callers at once, each with a video and a connection of its own, all succeed', async () => {
  const agent = new Agent({ keepAlive: true })
  const { gateway, to, post } = await ready(agent)
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      post('/message/postVideo', { ...to, ...video(origin, 1000 + index) }),
    ),
  )
  expect(answers.filter(({ reply }) => reply.ret !== 200)).toEqual([])
  expect(answers.filter(({ reused }) => reused)).toEqual([])
  expect(new Set(answers.map(({ reply }) => reply.data.newMsgId)).size).toBe(200)
  expect(new Set(answers.map(({ reply }) => reply.data.fileId)).size).toBe(200)

  const forwards = await Promise.all(
    answers.map(({ reply }) => post('/message/forwardVideo', { ...to, xml: xmlOf(reply.data) })),
  )
  expect(forwards.filter(({ reply }) => reply.ret !== 200)).toEqual([])
  expect(origin.hits.filter(({ path }) => path.includes('.mp4'))).toHaveLength(200)
  expect(gateway.child.exitCode).toBeNull()
  agent.destroy()
})
