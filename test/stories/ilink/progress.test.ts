import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { followLive } from '../../rigs/live.ts'
import { serve } from '../../rigs/origin.ts'
import { variant } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

const key = (name: string) => ({ headers: { 'idempotency-key': name } })

const countOf = ({ rig }: IlinkWorld, name: string) =>
  rig.requests.filter(({ endpoint }) => endpoint === name).length

const cancel = async ({ gateway }: IlinkWorld, idempotencyKey: string, token?: string) => {
  const options = token === undefined ? {} : { token }
  const { data } = await gateway.post<{ cancelled: boolean }>(
    '/message/cancelSend',
    { idempotencyKey },
    options,
  )
  return data.cancelled
}

const cancelled = { ret: 500, data: { code: 'send_cancelled', sent: 'no', retryable: true } }

function bigVideo(all: IlinkWorld, length = 2_000_000) {
  all.origin.route('/big.mp4', serve(variant('big', length), { type: 'video/mp4' }))
  return { videoUrl: `${all.origin.url}/big.mp4` }
}

ilinkStories('the progress of a send to a real phone', (world) => {
  test('is told from the first byte to the phone', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const live = await followLive(all.gateway)
    expect((await all.gateway.post('/message/postVideo', all.video(device, alice), key('a'))).ret).toBe(200)
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'seal', 'upload', 'send', 'sent'])
    const sealed = live.sends.find(({ stage }) => stage === 'upload')?.total ?? 0
    expect(sealed % 16).toBe(0)
    expect(live.sends.at(-1)).toMatchObject({ stage: 'sent', done: sealed, total: sealed })
    await live.close()
  })

  test('tells the bytes of an upload as they go', async () => {
    const all = await world({}, { slowReadBytesPerSecond: 1_000_000 })
    const { device, alice } = await all.ready()
    // More than the system takes in before the other side has read anything.
    const body = all.video(device, alice, bigVideo(all, 24_000_000))
    const live = await followLive(all.gateway)
    const sending = all.gateway.post('/message/postVideo', body, key('a'))
    await until(() =>
      live.sends.some(({ stage, done, total }) => stage === 'upload' && done > 0 && done < (total ?? 0)),
    )
    expect(await cancel(all, 'a')).toBe(true)
    expect(await sending).toMatchObject(cancelled)
    await live.close()
  })
})

ilinkStories('cancelling a send to a real phone', (world) => {
  test('during its upload sends nothing and ends the upload', async () => {
    const all = await world({}, { slowReadBytesPerSecond: 100_000 })
    const { device, alice } = await all.ready()
    const body = all.video(device, alice, bigVideo(all))
    const sending = all.gateway.post('/message/postVideo', body, key('a'))
    await until(() => countOf(all, 'cdn/upload') === 1)
    expect(await cancel(all, 'a', await all.stranger())).toBe(false)
    expect(await cancel(all, 'a')).toBe(true)
    expect(await sending).toMatchObject(cancelled)
    all.rig.options.slowReadBytesPerSecond = 100_000_000
    expect((await all.gateway.post('/message/postVideo', body, key('a'))).ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
    expect(countOf(all, 'sendmessage')).toBe(1)
  })

  test('does not hurt another that waits for the same upload', async () => {
    const all = await world({}, { slowReadBytesPerSecond: 1_000_000 })
    const { device, alice } = await all.ready()
    const body = all.video(device, alice, bigVideo(all))
    const live = await followLive(all.gateway)
    const first = all.gateway.post('/message/postVideo', body, key('a'))
    const second = all.gateway.post('/message/postVideo', body, key('b'))
    await until(() => ['a', 'b'].every((name) => live.stages(name).includes('upload')))
    expect(await cancel(all, 'a')).toBe(true)
    expect(await first).toMatchObject(cancelled)
    expect((await second).ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
    // The video and its thumbnail.
    expect(countOf(all, 'cdn/upload')).toBe(2)
    await live.close()
  })

  test('while it waits for its turn gives the turn back', async () => {
    const all = await world({ HONGYAN_ILINK_PACE_MS: '30000', HONGYAN_ILINK_QUOTA: '2' })
    const { device, alice } = await all.ready()
    const text = (content: string) => ({ appId: device.appId, toWxid: alice.userId, content })
    expect((await all.gateway.post('/message/postText', text('1'))).ret).toBe(200)
    const live = await followLive(all.gateway)
    const waiting = all.gateway.post('/message/postText', text('2'), key('a'))
    await until(() => live.stages('a').includes('send'))
    expect(await cancel(all, 'a')).toBe(true)
    expect(await waiting).toMatchObject(cancelled)
    // The last of the quota is there again: the next one waits and is not refused.
    const next = all.gateway.post('/message/postText', text('3'), key('b'))
    await until(() => cancel(all, 'b'))
    expect(await next).toMatchObject(cancelled)
    expect(alice.screen).toHaveLength(1)
    await live.close()
  })

  test('once its message is on its way changes nothing', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { delayMs: 500 })
    const sending = all.gateway.post('/message/postVideo', all.video(device, alice), key('a'))
    await until(() => countOf(all, 'sendmessage') === 1)
    expect(await cancel(all, 'a')).toBe(false)
    expect((await sending).ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
  })
})
