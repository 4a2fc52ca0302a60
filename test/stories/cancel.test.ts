import { expect, test } from 'vitest'
import type { TestGateway } from '../rigs/gateway.ts'
import { followLive } from '../rigs/live.ts'
import { type Behaviour, serve, stall } from '../rigs/origin.ts'
import { stockOf } from '../rigs/stock.ts'
import { picture, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

const key = (name: string) => ({ headers: { 'idempotency-key': name } })

const cancel = async (gateway: TestGateway, idempotencyKey: string) =>
  (await gateway.post<{ cancelled: boolean }>('/message/cancelSend', { idempotencyKey })).data.cancelled

/** Gives half of a file and then nothing. */
function hanging(bytes: Buffer) {
  const state = { reached: false, closed: false }
  const behaviour: Behaviour = (request, response) => {
    state.reached = true
    response.on('close', () => {
      state.closed = true
    })
    stall(bytes)(request, response)
  }
  return { state, behaviour }
}

stories('cancelling a send', (world) => {
  const cancelled = {
    ret: 500,
    data: { code: 'send_cancelled', msg: '已取消，消息没有发出', sent: 'no', retryable: true },
  }

  test.each([
    { path: '/video.mp4', bytes: video },
    { path: '/thumb.jpg', bytes: picture },
  ])('ends it at once while $path hangs, and nothing stays', async ({ path, bytes }) => {
    const { gateway, origin, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const { state, behaviour } = hanging(bytes)
    origin.route(path, behaviour)
    const sending = gateway.post('/message/postVideo', request(), key('a'))
    await until(() => state.reached)
    expect(await cancel(gateway, 'a')).toBe(true)
    expect(await sending).toMatchObject(cancelled)
    await until(() => state.closed)
    await until(async () => (await stockOf(gateway)).staged === 0)
    expect(await stockOf(gateway)).toEqual({ kept: 0, staged: 0 })

    origin.route(path, serve(bytes))
    const again = await gateway.post<{ newMsgId: number }>('/message/postVideo', request(), key('a'))
    expect(again.ret).toBe(200)
    await until(() => receiver.events.some(({ text }) => text.includes(String(again.data.newMsgId))))
    expect(receiver.events).toHaveLength(1)
  })

  test('is told as a failure', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', stall(video))
    const live = await followLive(gateway)
    const sending = gateway.post('/message/postVideo', request(), key('a'))
    await until(() => origin.hitsOf('/video.mp4').length === 1)
    expect(await cancel(gateway, 'a')).toBe(true)
    await sending
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'failed'])
    await live.close()
  })

  test('does not hurt another that waits for the same fetch', async () => {
    const { gateway, origin, request } = await world()
    let finish: (() => void) | undefined
    origin.route('/video.mp4', (incoming, response) => {
      finish = () => serve(video)(incoming, response)
    })
    const [first, second] = ['a', 'b'].map((name) => gateway.post('/message/postVideo', request(), key(name)))
    const answer = await until(() => finish)
    await until(() => cancel(gateway, 'a'))
    expect(await first).toMatchObject(cancelled)
    answer()
    expect((await second)?.ret).toBe(200)
    expect(origin.hitsOf('/video.mp4')).toHaveLength(1)
  })

  test('that was sent, or that nobody knows, changes nothing', async () => {
    const { gateway, request } = await world()
    await gateway.post('/message/postVideo', request(), key('a'))
    expect(await cancel(gateway, 'a')).toBe(false)
    expect(await cancel(gateway, 'nobody')).toBe(false)
  })
})
