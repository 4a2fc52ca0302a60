import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { Tokens } from '../../src/tokens/tokens.ts'
import type { Reply } from '../rigs/gateway.ts'
import { until } from '../rigs/process.ts'
import { clientOf, type Sent, xmlOf } from '../rigs/process-client.ts'
import { nothing } from './aftermath.ts'
import { blobFaults } from './aftermath-blobs.ts'
import { video } from './clips.ts'
import { startWorld } from './fault-world.ts'
import { report } from './table.ts'

const STALLED = 100
const FIRST = 100_000
/** A send and a forward of each token. */
const SENT = 4

const env = {
  HONGYAN_FETCH_IDLE_TIMEOUT_MS: '3000',
  HONGYAN_FETCH_TOTAL_TIMEOUT_MS: '600000',
  HONGYAN_FETCH_MIN_RATE: '0',
}

test('an origin that stalls for every one of 100 sends holds nobody else up, and fails those in words', {
  timeout: 90_000,
}, async () => {
  const world = await startWorld({ env })
  const { gateway, origin, traffic } = world
  const stalled = new Set<ServerResponse>()
  const behave = (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1_000_000 })
    response.on('close', () => stalled.delete(response))
    stalled.add(response)
  }
  // A byte now and then, so that none gives up before the test lets it.
  const trickle = setInterval(() => {
    for (const response of stalled) response.write('x')
  }, 500)
  try {
    const to = { appId: traffic.sender.appId, toWxid: traffic.friend.wxid }
    const answers: Reply<Sent>[] = []
    const all = Promise.all(
      Array.from({ length: STALLED }, async (_, index) => {
        origin.route(`/${FIRST + index}.mp4`, behave)
        answers.push(
          await gateway.post<Sent>('/message/postVideo', { ...to, ...video(origin, FIRST + index) }),
        )
      }),
    )
    await until('every one has reached the origin', () => stalled.size === STALLED)

    const database = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
    const token = await new Tokens(database).create('other').finally(() => database.close())
    const other = clientOf(gateway.baseUrl, token)
    const [from, friend] = [await other.device(), await other.device()]
    const callers = [
      { client: gateway, to },
      { client: other, to: { appId: from.appId, toWxid: friend.wxid } },
    ]
    for (const { client, to } of callers) {
      const sent = await client.post<Sent>('/message/postVideo', {
        ...to,
        ...video(origin, traffic.unique()),
      })
      expect(sent.ret).toBe(200)
      const forwarded = await client.post<Sent>('/message/forwardVideo', { ...to, xml: xmlOf(sent.data) })
      expect(forwarded.ret).toBe(200)
    }
    expect(stalled.size).toBe(STALLED)
    expect(answers).toEqual([])

    clearInterval(trickle)
    await all
    for (const answer of answers) {
      expect(answer).toMatchObject({
        ret: 500,
        msg: '发送视频失败',
        data: { code: 'fetch_timeout', sent: 'no', msg: expect.stringMatching(/超时|秒/) },
      })
    }
    expect(answers).toHaveLength(STALLED)
    const after = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
    const out = after.sql.selectFrom('messages').selectAll().where('direction', '=', 'out')
    const messages = (await out.execute()).length
    const left = await blobFaults(after, join(gateway.dataDir, 'blobs')).finally(() => after.close())
    expect({ messages, ...left }).toEqual({ messages: SENT, ...nothing })
    const counts = { lost: 0, doubled: 0, leftOver: 0 }
    report({ fault: 'origin stalls', engine: 'sqlite', tried: STALLED, acknowledged: SENT, ...counts })
  } finally {
    clearInterval(trickle)
    await world.close()
  }
})
