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

describe('an Idempotency-Key', () => {
  test('of another token is nothing to this one', async () => {
    const mine = await keyed('shared')
    const theirs = { appId: world.stranger.appId, toWxid: 'filehelper' }
    const other = await keyed('shared', theirs, world.otherToken)
    expect([mine.ret, other.ret]).toEqual([200, 200])
    expect(other.data.newMsgId).not.toBe(mine.data.newMsgId)
    expect(await keyed('shared')).toEqual(mine)
  })

  test('with another body or route is refused, and the first answer stays', async () => {
    const first = await keyed('used')
    await expectRefusal(world.gateway, () => keyed('used', { videoDuration: 2 }), {
      code: 'idempotency_mismatch',
    })
    const xml = `<msg><videomsg aeskey="${first.data.aesKey}" cdnvideourl="${first.data.fileId}"/></msg>`
    const forward = () =>
      world.gateway.post(
        '/message/forwardVideo',
        { ...world.request(), xml },
        { headers: { 'idempotency-key': 'used' } },
      )
    await expectRefusal(world.gateway, forward, { code: 'idempotency_mismatch' })
    expect(await keyed('used')).toEqual(first)
  })

  test.each(['a b', 'ключ', 'x'.repeat(256), ''])('of %j is refused', (key) =>
    expectRefusal(world.gateway, () => keyed(encodeKey(key)), {
      code: 'request_invalid',
      says: /Idempotency-Key/,
    }),
  )

  test('whose first try failed for a while lets the next one through', async () => {
    world.origin.route('/v.mp4', status(503))
    await expectRefusal(world.gateway, () => keyed('again'), { code: 'fetch_status' })
    world.origin.route('/v.mp4', serve(video))
    expect(await keyed('again')).toMatchObject({ ret: 200 })
  })

  test('whose first try failed for good gives the same refusal without a second fetch', async () => {
    world.origin.route('/v.mp4', serve('no video'))
    const first = await keyed('bad')
    expect(first).toMatchObject({ ret: 500, data: { code: 'video_invalid' } })
    expect(await keyed('bad')).toEqual(first)
    expect(world.origin.hitsOf('/v.mp4').length).toBe(1)
  })

  test('with a body nested beyond reason is no fault of ours', async () => {
    const body = JSON.stringify(world.request()).replace(
      '{',
      `{"more":${'['.repeat(100_000)}${']'.repeat(100_000)},`,
    )
    const reply = await world.gateway.post('/message/postVideo', body, {
      headers: { 'idempotency-key': 'deep' },
    })
    expect(reply.data).not.toMatchObject({ code: 'internal' })
  })
})

/** Header bytes as a careless client sends them. */
function encodeKey(key: string): string {
  return Buffer.from(key).toString('latin1')
}
