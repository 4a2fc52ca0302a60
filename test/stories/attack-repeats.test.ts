import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Behaviour, serve, status } from '../rigs/origin.ts'
import { expectRefusal, startWorld, stockOf, video, type World } from './refusal.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world.close())

const many = 50
const keyed = (key: string, change: Record<string, unknown> = {}, token?: string) =>
  world.gateway.post('/message/postVideo', world.request(change), {
    headers: { 'idempotency-key': key },
    ...(token === undefined ? {} : { token }),
  })

/** An origin that answers `path` only once `open` is called. */
function gated(path: string, behaviour: Behaviour) {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const arrived = new Promise<void>((resolve) => {
    world.origin.route(path, (request, response) => {
      resolve()
      const answer = () => behaviour(request, response)
      opened.then(answer, answer)
    })
  })
  return { arrived, open }
}

/** Every request sent before has passed the door and the database: both serve in order. */
async function settled() {
  for (let round = 0; round < 5; round += 1) await (await fetch(`${world.gateway.baseUrl}/readyz`)).text()
}

describe('fifty sends at once of the same', () => {
  test('video are one GET of each URL, and fifty messages', async () => {
    const gate = gated('/v.mp4', serve(video))
    const sends = Array.from({ length: many }, () => world.postVideo())
    await gate.arrived
    await settled()
    gate.open()
    const replies = await Promise.all(sends)
    expect(new Set(replies.map(({ ret }) => ret))).toEqual(new Set([200]))
    expect(new Set(replies.map(({ data }) => data.newMsgId)).size).toBe(many)
    expect(new Set(replies.map(({ data }) => data.fileId)).size).toBe(1)
    expect(world.origin.hitsOf('/v.mp4').length).toBe(1)
    expect(await stockOf(world.gateway)).toMatchObject({ messages: many * 2, media: 1, blobs: 2 })
    expect((await stockOf(world.gateway)).files).toHaveLength(2)
  })

  test('video that is none are all refused, and nothing stays', async () => {
    const gate = gated('/v.mp4', serve('no video'))
    await expectRefusal(
      world.gateway,
      async () => {
        const sends = Array.from({ length: many }, () => world.postVideo())
        await gate.arrived
        await settled()
        gate.open()
        const [first, ...others] = await Promise.all(sends)
        for (const other of others) expect(other).toEqual(first)
        if (!first) throw new Error('nothing was sent')
        return first
      },
      { code: 'video_invalid' },
    )
    expect(world.origin.hitsOf('/v.mp4').length).toBe(1)
  })

  test('request under one Idempotency-Key are one message and one answer', async () => {
    const replies = await Promise.all(Array.from({ length: many }, () => keyed('same')))
    for (const reply of replies) expect(reply).toEqual(replies[0])
    expect(replies[0]).toMatchObject({ ret: 200 })
    expect(await stockOf(world.gateway)).toMatchObject({ messages: 2 })
  })

  test('video of two tokens are two fetches: neither learns that the other has it', async () => {
    const theirs = { appId: world.stranger.appId, toWxid: 'filehelper' }
    const [mine, other] = await Promise.all([world.postVideo(), keyed('x', theirs, world.otherToken)])
    expect([mine.ret, other.ret]).toEqual([200, 200])
    expect(other.data.fileId).not.toBe(mine.data.fileId)
    expect(other.data.aesKey).not.toBe(mine.data.aesKey)
    expect(world.origin.hitsOf('/v.mp4').length).toBe(2)
  })
})

describe('a send that shares a fetch', () => {
  test('is not ended by the fault of another', async () => {
    const gate = gated('/v.mp4', serve(video))
    const none = gated('/none.jpg', status(404))
    const failing = world.postVideo({ thumbUrl: world.link('/none.jpg') })
    await gate.arrived
    const good = world.postVideo()
    await settled()
    none.open()
    expect(await failing).toMatchObject({ ret: 500, data: { code: 'fetch_status' } })
    gate.open()
    expect(await good).toMatchObject({ ret: 200 })
    expect(world.origin.hitsOf('/v.mp4').length).toBe(1)
  })

  test('is not ended by another that hangs up', async () => {
    const gate = gated('/v.mp4', serve(video))
    const leave = new AbortController()
    const leaving = world.gateway.post('/message/postVideo', world.request(), { signal: leave.signal })
    await gate.arrived
    const staying = world.postVideo()
    await settled()
    leave.abort()
    await expect(leaving).rejects.toThrow()
    gate.open()
    expect(await staying).toMatchObject({ ret: 200 })
  })
})

describe('a caller that hangs up', () => {
  test('while the video is on its way has sent nothing', async () => {
    const gate = gated('/v.mp4', serve(video))
    const leave = new AbortController()
    const left = world.gateway.post('/message/postVideo', world.request(), { signal: leave.signal })
    await gate.arrived
    leave.abort()
    await expect(left).rejects.toThrow()
    gate.open()
    await expect.poll(async () => (await stockOf(world.gateway)).media).toBe(1)
    await settled()
    expect(await stockOf(world.gateway)).toMatchObject({ messages: 0 })
  })

  test('sends nothing, and its retry under the same key sends once', async () => {
    const gate = gated('/v.mp4', serve(video))
    const leave = new AbortController()
    const body = world.request()
    const headers = { 'idempotency-key': 'retry' }
    const left = world.gateway.post('/message/postVideo', body, { headers, signal: leave.signal })
    await gate.arrived
    leave.abort()
    await expect(left).rejects.toThrow()
    gate.open()
    await expect.poll(async () => (await stockOf(world.gateway)).media).toBe(1)
    expect(await keyed('retry')).toMatchObject({ ret: 200 })
    expect(await stockOf(world.gateway)).toMatchObject({ messages: 2, media: 1 })
  })
})
