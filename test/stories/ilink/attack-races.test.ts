import { expect, test } from 'vitest'
import type { TestDevice } from '../../rigs/gateway.ts'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { serve } from '../../rigs/origin.ts'
import { picture } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

type Data = Record<string, unknown> & { newMsgId: number; code: string; sent: string }

const say = ({ gateway }: IlinkWorld, { appId }: TestDevice, toWxid: string, content = 'x') =>
  gateway.post<Data>('/message/postText', { appId, toWxid, content })

const asked = ({ rig }: IlinkWorld, endpoint: string) =>
  rig.requests.filter((request) => request.endpoint === endpoint).length

ilinkStories('at the same time', (world) => {
  test('of 50 sends to one contact with a quota of 10 exactly 10 leave', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => say(all, device, alice.userId, `${index}`)),
    )
    expect(asked(all, 'sendmessage')).toBe(10)
    expect(alice.screen).toHaveLength(10)
    expect(replies.filter(({ ret }) => ret === 200)).toHaveLength(10)
    const codes = new Set(replies.filter(({ ret }) => ret !== 200).map(({ data }) => data.code))
    expect([...codes]).toEqual(['window_used'])
  })

  test('50 sends of which some are refused and some get lost never come to more than 10', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const fates = [{ ret: -3 }, { actThen: 'reset' as const }, { ret: -1 }, { reset: true as const }]
    all.rig.next('sendmessage', ...fates)
    await Promise.all(Array.from({ length: 50 }, () => say(all, device, alice.userId)))
    await Promise.all(Array.from({ length: 20 }, () => say(all, device, alice.userId)))
    expect(alice.screen.length).toBeLessThanOrEqual(10)
    expect(alice.screen.length).toBeGreaterThanOrEqual(8)
  })

  test('a send that is refused after the contact has written again gives nothing back of the new quota', async () => {
    const all = await world({ HONGYAN_ILINK_QUOTA: '2' }, { quota: 100 })
    const { device, alice } = await all.ready()
    const refusedLate = { status: 400, body: 'no', bodyDelayMs: 700 }
    all.rig.next('sendmessage', refusedLate)
    const slow = say(all, device, alice.userId, 'slow')
    await until(() => asked(all, 'sendmessage') > 0)
    await all.hear(alice, device, 'again')
    expect((await say(all, device, alice.userId)).ret).toBe(200)
    expect((await slow).data.code).toBe('channel_refused')
    await Promise.all([1, 2, 3].map(() => say(all, device, alice.userId)))
    expect(alice.screen).toHaveLength(2)
  })

  test('a logout during a send leaves a message with a known end and a device that is offline', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { delayMs: 700 })
    const sending = say(all, device, alice.userId)
    await until(() => asked(all, 'sendmessage') > 0)
    const out = await all.gateway.post('/login/logout', { appId: device.appId })
    const sent = await sending
    expect([out.ret, sent.ret]).toEqual([200, 200])
    const { newMsgId } = sent.data
    const state = await all.gateway.post<Data>('/message/getMsgState', { appId: device.appId, newMsgId })
    expect(state.data.state).toBe('sent')
    expect((await say(all, device, alice.userId)).data.code).toBe('device_offline')
  })

  test('a logout during an upload sends nothing more', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('cdn/upload', { delayMs: 700 })
    const sending = all.gateway.post<Data>('/message/postVideo', all.video(device, alice))
    await until(() => asked(all, 'cdn/upload') > 0)
    await all.gateway.post('/login/logout', { appId: device.appId })
    const { ret, data } = await sending
    expect([ret, data.sent]).toEqual([500, 'no'])
    expect(alice.screen).toEqual([])
  })

  test('a login that replaces another during a send does not send twice', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { delayMs: 700 })
    const sending = say(all, device, alice.userId)
    await until(() => asked(all, 'sendmessage') > 0)
    all.rig.killSession(device.wxid)
    await until(() => all.told('Offline').length > 0)
    await all.login(alice, device.appId)
    await sending
    expect(asked(all, 'sendmessage')).toBe(1)
  })

  test.each(['sendmessage', 'cdn/upload', 'getuploadurl'] as const)(
    'a stop while %s hangs ends in time, and what became of the send can be asked afterwards',
    async (endpoint) => {
      const all = await world({ HONGYAN_SHUTDOWN_TIMEOUT_MS: '500' })
      const { device, alice } = await all.ready()
      all.rig.next(endpoint, { hang: true })
      const sending = all.gateway
        .post<Data>('/message/postVideo', all.video(device, alice), { headers: { 'idempotency-key': 'k' } })
        .catch(() => undefined)
      await until(() => asked(all, endpoint) > 0)
      await all.gateway.restart()
      await sending
      const send = () =>
        all.gateway.post<Data>('/message/postVideo', all.video(device, alice), {
          headers: { 'idempotency-key': 'k' },
        })
      const { ret, data } = await send()
      if (endpoint === 'sendmessage') {
        expect([ret, data.code]).toEqual([500, 'send_unknown'])
        expect(alice.screen).toEqual([])
      } else {
        expect(ret).toBe(200)
        expect(alice.screen).toHaveLength(1)
      }
      await all.hear(alice, device, 'after the stop')
    },
  )

  test('of 6 forwards at once all show the same picture, with at most one upload for it and one for its thumbnail', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/a.jpg', serve(picture, { type: 'image/jpeg' }))
    const to = { appId: device.appId, toWxid: alice.userId }
    const { data } = await all.gateway.post<Data>('/message/postImage', {
      ...to,
      imgUrl: `${all.origin.url}/a.jpg`,
    })
    const xml = `<msg><img aeskey="${data.aesKey}" cdnmidimgurl="${data.fileId}"/></msg>`
    const forwards = Promise.all(
      Array.from({ length: 6 }, () => all.gateway.post<Data>('/message/forwardImage', { ...to, xml })),
    )
    for (const { ret } of await forwards) expect(ret).toBe(200)
    expect(new Set(alice.screen.map(({ md5 }) => md5)).size).toBe(1)
    expect(asked(all, 'cdn/upload')).toBeLessThanOrEqual(2)
  })
})
