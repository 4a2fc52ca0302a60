import { expect, test } from 'vitest'
import type { TestDevice } from '../../rigs/gateway.ts'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'

const say = ({ gateway }: IlinkWorld, { appId }: TestDevice, toWxid: string, content = 'x') =>
  gateway.post<{ code: string; msg: string; sent: string; retryable: boolean }>('/message/postText', {
    appId,
    toWxid,
    content,
  })

ilinkStories('whom WeChat lets a bot write to', (world) => {
  test('nobody who has not written to it: refused with who must write first, and nothing is asked of WeChat', async () => {
    const all = await world()
    const { device } = await all.ready()
    const { data } = await say(all, device, 'o9cqStranger@im.wechat')
    expect(data).toMatchObject({
      code: 'window_closed',
      sent: 'no',
      msg: expect.stringMatching(/o9cqStranger@im\.wechat.*先发一条/),
    })
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage')).toEqual([])
  })

  test('refuses before a byte of media moves', async () => {
    const all = await world()
    const { device } = await all.ready()
    const body = { ...all.video(device, all.rig.phone()), toWxid: 'o9cqStranger@im.wechat' }
    await all.gateway.post('/message/postVideo', body)
    expect(all.origin.hits).toEqual([])
  })

  test('so many messages for each of theirs, then says that none is left; their next message fills it again', async () => {
    const all = await world({ HONGYAN_ILINK_QUOTA: '3' })
    const { device, alice } = await all.ready()
    for (let count = 0; count < 3; count += 1) expect((await say(all, device, alice.userId)).ret).toBe(200)
    const { data } = await say(all, device, alice.userId)
    expect(data).toMatchObject({
      code: 'window_used',
      sent: 'no',
      msg: expect.stringMatching(/3 条.*剩 0 条/),
    })
    expect(alice.screen).toHaveLength(3)
    await all.hear(alice, device)
    expect((await say(all, device, alice.userId)).ret).toBe(200)
    expect(all.rig.violations).toEqual([])
  })

  test('counts through a restart', async () => {
    const all = await world({ HONGYAN_ILINK_QUOTA: '2' })
    const { device, alice } = await all.ready()
    await say(all, device, alice.userId)
    await all.gateway.restart()
    expect((await say(all, device, alice.userId)).ret).toBe(200)
    expect((await say(all, device, alice.userId)).data).toMatchObject({ code: 'window_used' })
  })

  test('not a day after their last message', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('o9cqBob@im.wechat')
    bob.write(device.wxid, { text: 'yesterday' }, { createTimeMs: Date.now() - 25 * 3_600_000 })
    await all.hear(alice, device)
    expect((await say(all, device, bob.userId)).data).toMatchObject({
      code: 'window_closed',
      msg: expect.stringContaining('24 小时'),
    })
  })

  test('one a second: sends at once to one person leave one after the other, to two persons side by side', async () => {
    const all = await world({ HONGYAN_ILINK_PACE_MS: '300' })
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('o9cqBob@im.wechat')
    await all.hear(bob, device)
    await Promise.all([
      ...['a', 'b', 'c'].map((text) => say(all, device, alice.userId, text)),
      say(all, device, bob.userId),
    ])
    const [first, second, third] = alice.screen.map(({ at }) => at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(250)
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(250)
    expect(bob.screen).toHaveLength(1)
  })

  test.each([-2, -12])(
    'what WeChat limits (%d) is told, and not tried again until they write',
    async (ret) => {
      const all = await world()
      const { device, alice } = await all.ready()
      all.rig.next('sendmessage', { ret, errmsg: 'rate limited' })
      const { data } = await say(all, device, alice.userId)
      expect(data).toMatchObject({
        code: 'channel_limited',
        sent: 'no',
        msg: expect.stringContaining('rate limited'),
      })
      const asked = () => all.rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage').length
      const before = asked()
      expect((await say(all, device, alice.userId)).data).toMatchObject({
        code: 'channel_limited',
        msg: expect.stringMatching(/\d+ 秒后/),
      })
      expect(asked()).toBe(before)
      await all.hear(alice, device)
      expect((await say(all, device, alice.userId)).ret).toBe(200)
    },
  )

  test('a send that waits for its turn is not tried once WeChat has limited the one before', async () => {
    const all = await world({ HONGYAN_ILINK_PACE_MS: '1000' })
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { ret: -2, errmsg: 'rate limited' })
    const replies = await Promise.all([1, 2, 3].map(() => say(all, device, alice.userId)))
    for (const { data } of replies) expect(data).toMatchObject({ code: 'channel_limited', sent: 'no' })
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage')).toHaveLength(1)
  })

  test('what WeChat limits before an upload is not tried again either', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('getuploadurl', { ret: -2, errmsg: 'rate limited' })
    const post = () => all.gateway.post('/message/postVideo', all.video(device, alice))
    expect((await post()).data).toMatchObject({ code: 'channel_limited', sent: 'no' })
    const before = all.rig.requests.filter(({ endpoint }) => endpoint === 'getuploadurl').length
    expect((await post()).data).toMatchObject({
      code: 'channel_limited',
      msg: expect.stringMatching(/\d+ 秒后/),
    })
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'getuploadurl')).toHaveLength(before)
  })

  test('a refusal here does not lengthen the wait', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { ret: -2 })
    await say(all, device, alice.userId)
    const secondsOf = ({ data }: { data: { msg: string } }) => Number(/(\d+) 秒后/.exec(data.msg)?.[1])
    const first = secondsOf(await say(all, device, alice.userId))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(secondsOf(await say(all, device, alice.userId))).toBeLessThan(first)
  })

  test('a send that failed for certain does not count', async () => {
    const all = await world({ HONGYAN_ILINK_QUOTA: '1' })
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { ret: -3, errmsg: 'invalid arguments' })
    expect((await say(all, device, alice.userId)).data).toMatchObject({ code: 'channel_refused' })
    expect((await say(all, device, alice.userId)).ret).toBe(200)
  })

  test('the people who wrote are the contacts, by a name of their own', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('o9cqBob@im.wechat')
    await all.hear(bob, device)
    const list = await all.gateway.post('/contacts/fetchContactsList', { appId: device.appId })
    expect(list.data).toEqual({ friends: [alice.userId, bob.userId], chatrooms: [], ghs: [] })
    const info = await all.gateway.post<{ userName: string; nickName: string }[]>('/contacts/getBriefInfo', {
      appId: device.appId,
      wxids: [alice.userId, bob.userId, 'nobody'],
    })
    expect(info.data.map(({ userName }) => userName)).toEqual([alice.userId, bob.userId])
    expect(new Set(info.data.map(({ nickName }) => nickName)).size).toBe(2)
  })
})
