import { expect, test } from 'vitest'
import { serve, status } from '../rigs/origin.ts'
import { video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

const key = (name: string) => ({ headers: { 'idempotency-key': name } })

stories('Idempotency-Key', (world) => {
  test('the same key gives the first answer again and sends once', async () => {
    const { gateway, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const first = await gateway.post('/message/postVideo', request(), key('a'))
    const second = await gateway.post('/message/postVideo', request(), key('a'))
    expect(second).toEqual(first)
    const other = await gateway.post<{ newMsgId: number }>('/message/postVideo', request(), key('b'))
    await until(() => receiver.events.some(({ text }) => text.includes(`"NewMsgId":${other.data.newMsgId}`)))
    expect(receiver.events).toHaveLength(2)
  })

  test('holds after a restart, and under every prefix', async () => {
    const { gateway, request } = await world()
    const first = await gateway.post('/message/postVideo', request(), key('a'))
    await gateway.restart()
    expect(await gateway.post('/gewe/v2/api/message/postVideo', request(), key('a'))).toEqual(first)
  })

  test('a second call waits for the first one that is still running', async () => {
    const { gateway, origin, request } = await world()
    let release: (() => void) | undefined
    origin.route('/video.mp4', (incoming, response) => {
      release = () => serve(video)(incoming, response)
    })
    const calls = [1, 2, 3].map(() => gateway.post('/message/postVideo', request(), key('a')))
    const answer = await until(() => release)
    answer()
    const [first, ...rest] = await Promise.all(calls)
    expect(first?.ret).toBe(200)
    for (const reply of rest) expect(reply).toEqual(first)
    expect(origin.hitsOf('/video.mp4')).toHaveLength(1)
  })

  test('the same key with another body, or for another endpoint, is refused', async () => {
    const { gateway, sender, friend, request } = await world()
    await gateway.post('/message/postVideo', request(), key('a'))
    const changed = await gateway.post('/message/postVideo', request({ videoDuration: 11 }), key('a'))
    expect(changed).toMatchObject({ ret: 500, data: { code: 'idempotency_mismatch', sent: 'no' } })
    const forward = { appId: sender.appId, toWxid: friend.wxid, xml: '<msg/>' }
    expect((await gateway.post('/message/forwardVideo', forward, key('a'))).data.code).toBe(
      'idempotency_mismatch',
    )
  })

  test('a failure that may pass is not kept, so the retry can succeed', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', status(503))
    expect((await gateway.post('/message/postVideo', request(), key('a'))).data.code).toBe('fetch_status')
    origin.route('/video.mp4', serve(video))
    expect((await gateway.post('/message/postVideo', request(), key('a'))).ret).toBe(200)
  })

  test('a failure that will not pass is given again', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', serve('no video at all'))
    const first = await gateway.post('/message/postVideo', request(), key('a'))
    origin.route('/video.mp4', serve(video))
    expect(await gateway.post('/message/postVideo', request(), key('a'))).toEqual(first)
    expect(first.data.code).toBe('video_invalid')
  })

  test('a key that no header may carry is refused in words', async () => {
    const { gateway, request } = await world()
    const reply = await gateway.post('/message/postVideo', request(), key('x'.repeat(256)))
    expect(reply).toMatchObject({ ret: 500, data: { code: 'request_invalid' } })
  })
})
