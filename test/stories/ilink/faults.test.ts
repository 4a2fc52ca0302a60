import { expect, test } from 'vitest'
import type { TestDevice } from '../../rigs/gateway.ts'
import type { Fate } from '../../rigs/ilink-server.ts'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { video } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

interface Refusal {
  code: string
  msg: string
  sent: string
  retryable: boolean
}

const say = ({ gateway }: IlinkWorld, { appId }: TestDevice, toWxid: string, headers = {}) =>
  gateway.post<Refusal>('/message/postText', { appId, toWxid, content: 'x' }, { headers })

const asked = ({ rig }: IlinkWorld, endpoint: string) =>
  rig.requests.filter((request) => request.endpoint === endpoint).length

const isOnline = async ({ gateway }: IlinkWorld, { appId }: TestDevice): Promise<boolean> =>
  (await gateway.post('/login/checkOnline', { appId })).data as unknown as boolean

/** Waits until the gateway knows that the device's session is dead, and looks at all that must say so. */
async function expectScanNeeded(all: IlinkWorld, device: TestDevice): Promise<void> {
  await until(async () => !(await isOnline(all, device)))
  await until(() => all.told('Offline').length > 0)
  expect(all.told('Offline')).toEqual([{ TypeName: 'Offline', Appid: device.appId, Wxid: device.wxid }])
  const ready = await fetch(`${all.gateway.baseUrl}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    status: 'ready',
    sessions: [{ channel: 'ilink', state: 'scan needed', count: 1 }],
  })
  const metrics = await (await fetch(`${all.gateway.baseUrl}/metrics`)).text()
  expect(metrics).toContain('hongyan_sessions{channel="ilink",state="scan needed"} 1')
}

ilinkStories('when WeChat fails', (world) => {
  test.each<[string, Fate]>([
    ['cuts the connection before an answer', { reset: true }],
    ['delivers, and then cuts the connection', { actThen: 'reset' }],
    ['answers with an error of its proxy', { status: 524 }],
    ['answers with broken JSON', { badJson: true }],
  ])('an answer that never came makes a send unknown, which is not repeated: it %s', async (_, fate) => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', fate)
    const { ret, data } = await say(all, device, alice.userId)
    expect({ ret, ...data }).toMatchObject({
      ret: 500,
      code: 'send_unknown',
      sent: 'unknown',
      retryable: false,
    })
    await all.hear(alice, device)
    expect(asked(all, 'sendmessage')).toBe(1)
  })

  test('an unknown send is answered the same under its Idempotency-Key, and not sent again', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { actThen: 'reset' })
    const headers = { 'idempotency-key': 'k' }
    const first = await say(all, device, alice.userId, headers)
    const second = await say(all, device, alice.userId, headers)
    expect(second.data).toEqual(first.data)
    expect(second.data).toMatchObject({ code: 'send_unknown', sent: 'unknown' })
    expect(alice.screen).toHaveLength(1)
  })

  test('a certain refusal says what WeChat said, and that nothing was sent', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('sendmessage', { ret: -3, errmsg: 'invalid arguments' })
    const { data } = await say(all, device, alice.userId)
    expect(data).toMatchObject({ code: 'channel_refused', sent: 'no', msg: expect.stringContaining('-3') })
  })

  test('an accepted message without an id is a success for the caller', async () => {
    const all = await world({}, { emptySendAnswer: true })
    const { device, alice } = await all.ready()
    expect((await say(all, device, alice.userId)).ret).toBe(200)
  })

  test.each(['sendmessage', 'getuploadurl', 'getupdates'] as const)(
    'a session that died (-14 on %s) puts the device offline at once and says that a scan is needed',
    async (endpoint) => {
      const all = await world()
      const { device, alice } = await all.ready()
      all.rig.next(endpoint, { ret: -14, errmsg: 'session timeout' })
      if (endpoint === 'sendmessage') {
        expect((await say(all, device, alice.userId)).data).toMatchObject({
          code: 'session_dead',
          sent: 'no',
        })
      } else if (endpoint === 'getuploadurl') {
        const { data } = await all.gateway.post('/message/postVideo', all.video(device, alice))
        expect(data).toMatchObject({ code: 'session_dead', sent: 'no' })
      }
      await expectScanNeeded(all, device)
      const refused = await say(all, device, alice.userId)
      expect(refused.data).toMatchObject({ code: 'device_offline', sent: 'no' })
    },
  )

  test('-14 as errcode alone is a dead session too', async () => {
    const all = await world()
    const { device } = await all.ready()
    all.rig.next('getupdates', { ret: -14, errcode: true })
    await expectScanNeeded(all, device)
  })

  test('reconnection tells whether the session lives again', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.killSession(device.wxid)
    await expectScanNeeded(all, device)
    const dead = await all.gateway.post('/login/reconnection', { appId: device.appId })
    expect(dead).toMatchObject({ ret: 500, data: { code: 'session_dead' } })
    all.rig.reviveSession(device.wxid)
    const alive = await all.gateway.post('/login/reconnection', { appId: device.appId })
    expect(alive).toMatchObject({ ret: 200, data: true })
    await all.hear(alice, device, 'again')
    expect(await isOnline(all, device)).toBe(true)
  })

  test('a scan after a dead session brings the same device back', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.killSession(device.wxid)
    await expectScanNeeded(all, device)
    const again = await all.login(alice, device.appId)
    expect(again.appId).toBe(device.appId)
    await all.hear(alice, again, 'back')
    expect((await say(all, again, alice.userId)).ret).toBe(200)
  })

  test('a phone that is scanned elsewhere ends this session', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const other = all.rig.bind(alice.userId)
    expect(other.botId).not.toBe(device.wxid)
    await expectScanNeeded(all, device)
  })

  test('a lost key makes the device offline, and putting it back brings the session back', async () => {
    const all = await world({ HONGYAN_SECRET_KEY: 'ab'.repeat(32) })
    const { device, alice } = await all.ready()
    await all.gateway.restart({ HONGYAN_SECRET_KEY: 'cd'.repeat(32) })
    await until(async () => !(await isOnline(all, device)))
    await until(() => all.told('Offline').length > 0)
    await all.gateway.restart({ HONGYAN_SECRET_KEY: 'ab'.repeat(32) })
    await until(() => isOnline(all, device))
    await all.hear(alice, device, 'again')
    expect((await say(all, device, alice.userId)).ret).toBe(200)
  })

  test('a send that met a dead session succeeds under the same Idempotency-Key after a new scan', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const headers = { 'idempotency-key': 'k' }
    all.rig.next('sendmessage', { ret: -14 })
    expect((await say(all, device, alice.userId, headers)).data).toMatchObject({ code: 'session_dead' })
    await expectScanNeeded(all, device)
    const again = await all.login(alice, device.appId)
    await all.hear(alice, again, 'back')
    expect((await say(all, again, alice.userId, headers)).ret).toBe(200)
  })

  test('logout tells WeChat, forgets the credentials, and the device is offline', async () => {
    const all = await world()
    const { device } = await all.ready()
    const { ret } = await all.gateway.post('/login/logout', { appId: device.appId })
    expect(ret).toBe(200)
    expect(asked(all, 'notifystop')).toBeGreaterThanOrEqual(1)
    expect(await isOnline(all, device)).toBe(false)
    const back = await all.gateway.post('/login/reconnection', { appId: device.appId })
    expect(back.data).toMatchObject({ code: 'session_dead' })
  })
})

ilinkStories('when the CDN fails', (world) => {
  const post = (all: IlinkWorld, device: TestDevice, toWxid: string) =>
    all.gateway.post<Refusal>('/message/postVideo', { ...all.video(device, all.rig.phone()), toWxid })

  test.each<[string, Fate[]]>([
    ['500 twice', [{ status: 500 }, { status: 500 }]],
    ['200 without the parameter', [{ status: 200 }]],
    ['201', [{ status: 201 }]],
    ['a redirect', [{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }]],
    ['a cut connection', [{ reset: true }]],
    ['a connection cut at the first byte', [{ resetAfter: 1 }]],
    ['a connection cut in the middle', [{ resetAfter: 20_000 }]],
  ])(
    '%s is tried again, and the video arrives',
    async (_, fates) => {
      const all = await world({}, { thumbAnswer: 'none' })
      const { device, alice } = await all.ready()
      all.rig.next('cdn/upload', ...fates)
      expect((await post(all, device, alice.userId)).ret).toBe(200)
      expect(alice.screen[0]?.bytes).toEqual(video)
      expect(alice.screen).toHaveLength(1)
    },
    60_000,
  )

  test('400 is final: upload_failed with the words of the CDN, nothing sent, and a retry works', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('cdn/upload', { status: 400, headers: { 'x-error-message': 'bad permit' } })
    const { data } = await post(all, device, alice.userId)
    expect(data).toMatchObject({
      code: 'upload_failed',
      sent: 'no',
      retryable: true,
      msg: expect.stringContaining('bad permit'),
    })
    expect(asked(all, 'sendmessage')).toBe(0)
    expect((await post(all, device, alice.userId)).ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
  })

  test('three failures end it', async () => {
    const all = await world({}, { thumbAnswer: 'none' })
    const { device, alice } = await all.ready()
    all.rig.next('cdn/upload', ...Array<Fate>(3).fill({ status: 500 }))
    expect((await post(all, device, alice.userId)).data).toMatchObject({ code: 'upload_failed', sent: 'no' })
    expect(alice.screen).toEqual([])
  }, 60_000)

  test('no place to upload to is told with what WeChat said', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('getuploadurl', { answer: { ret: 0 } })
    expect((await post(all, device, alice.userId)).data).toMatchObject({ code: 'upload_failed', sent: 'no' })
  })

  test('a received file that the CDN has no more is told as such', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    alice.write(device.wxid, { file: Buffer.from('gone'), name: 'gone.txt' })
    await until(() => all.told('AddMsg').length === 2)
    all.rig.next('cdn/download', { status: 404 })
    const xml = all.told('AddMsg')[1]?.Data.Content.string
    const reply = await all.gateway.post('/message/downloadFile', { appId: device.appId, xml })
    expect(reply).toMatchObject({ ret: 500, data: { code: 'fetch_status' } })
    const again = await all.gateway.post('/message/downloadFile', { appId: device.appId, xml })
    expect(again.ret).toBe(200)
  })
})

ilinkStories('what became of a message can be asked', (world) => {
  const stateOf = ({ gateway }: IlinkWorld, { appId }: TestDevice, newMsgId: unknown) =>
    gateway.post('/message/getMsgState', { appId, newMsgId })

  test('sent with the id that WeChat gave, accepted where it gave none', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const one = await all.gateway.post<{ newMsgId: number }>('/message/postText', {
      appId: device.appId,
      toWxid: alice.userId,
      content: 'x',
    })
    const known = await stateOf(all, device, one.data.newMsgId)
    expect(known.data).toMatchObject({ state: 'sent', remoteId: alice.screen[0]?.messageId, reason: '' })
    all.rig.options.sendId = false
    const two = await all.gateway.post<{ newMsgId: number }>('/message/postText', {
      appId: device.appId,
      toWxid: alice.userId,
      content: 'y',
    })
    const accepted = await stateOf(all, device, String(two.data.newMsgId))
    expect(accepted.data).toMatchObject({ state: 'accepted', remoteId: '' })
  })

  test('not of another token’s message, nor of an id that is none', async () => {
    const all = await world()
    const { device } = await all.ready()
    for (const newMsgId of ['1', 'x', 2 ** 60, -1]) {
      const reply = await stateOf(all, device, newMsgId)
      expect(reply.data).toMatchObject({ code: 'message_unknown' })
    }
  })
})
