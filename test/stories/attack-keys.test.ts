import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serve, status } from '../rigs/origin.ts'
import { expectRefusal, startWorld, video, type World } from './refusal.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world.close())

const keyed = (key: string, change: Record<string, unknown> = {}, token?: string) =>
  world.gateway.post('/message/postVideo', world.request(change), {
    headers: { 'idempotency-key': key },
    ...(token === undefined ? {} : { token }),
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
