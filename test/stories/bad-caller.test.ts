import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal, startWorld, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const post = (path: string, body: unknown, token?: string) =>
  world.gateway.post(path, body, token === undefined ? {} : { token })

/** XML as a caller assembles it from a reply. */
const xmlOf = (fileId: unknown, aesKey: unknown) =>
  `<?xml version="1.0"?><msg><videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" length="1" playlength="1"/></msg>`

describe("another token's things", () => {
  test.each(['/message/postVideo', '/message/forwardVideo', '/message/revokeMsg'])(
    "another token's device does not exist for %s",
    async (path) => {
      const { appId } = world.stranger
      const body = { ...world.request({ appId }), xml: xmlOf('ab', 'cd'), newMsgId: 1 }
      await expectRefusal(world.gateway, () => post(path, body), {
        code: 'device_unknown',
        says: /设备不存在/,
      })
    },
  )

  test.each(['/message/downloadVideo', '/message/downloadCdn'])(
    "another token's device does not exist for %s, whoever owns the file",
    async (path) => {
      const { data } = await world.postVideo()
      const body = { appId: world.stranger.appId, xml: xmlOf(data.fileId, data.aesKey), ...data, type: '4' }
      await expectRefusal(world.gateway, () => post(path, body), {
        code: 'device_unknown',
        says: /设备不存在/,
      })
    },
  )

  test.each(['/message/forwardVideo', '/message/downloadVideo', '/message/downloadCdn'])(
    "%s does not know another token's fileId, even with its key",
    async (path) => {
      const { data } = await world.postVideo()
      const { fileId, aesKey } = data
      const body = { appId: world.stranger.appId, toWxid: 'filehelper', xml: xmlOf(fileId, aesKey) }
      const ask = () => post(path, { ...body, fileId, aesKey, type: '4' }, world.otherToken)
      await expectRefusal(world.gateway, ask, { code: 'media_unknown' })
    },
  )

  test("another token's message cannot be withdrawn", async () => {
    const { data } = await world.postVideo()
    const ids = { msgId: data.msgId, newMsgId: data.newMsgId, toWxid: world.friend.wxid }
    const ask = () => post('/message/revokeMsg', { ...ids, appId: world.stranger.appId }, world.otherToken)
    await expectRefusal(world.gateway, ask, { code: 'message_unknown' })
    expect(await post('/message/revokeMsg', { ...ids, appId: world.sender.appId })).toMatchObject({
      ret: 200,
    })
  })

  test("another token's device cannot be written to", () =>
    expectRefusal(world.gateway, () => world.postVideo({ toWxid: world.stranger.wxid }), {
      code: 'receiver_unknown',
    }))

  test("another token's login cannot be finished, ended or seen", async () => {
    const { data } = await post('/login/getLoginQrCode', { appId: '' }, world.otherToken)
    for (const path of ['checkLogin', 'logout', 'reconnection', 'dialogLogin'])
      await expectRefusal(world.gateway, () => post(`/login/${path}`, data), { code: 'device_unknown' })
    expect(await post('/login/checkOnline', { appId: world.stranger.appId })).toMatchObject({ data: false })
  })
})

describe('the device', () => {
  const sends = ['/message/postVideo', '/message/forwardVideo', '/message/revokeMsg']

  test.each(sends)('an unknown device is refused by %s', (path) =>
    expectRefusal(
      world.gateway,
      () => post(path, { ...world.request({ appId: 'wx_nobody' }), xml: xmlOf('ab', 'cd') }),
      { code: 'device_unknown', says: /^\[wx_nobody\]设备不存在/ },
    ),
  )

  test.each(sends)('a device that logged out is refused by %s', async (path) => {
    const { appId } = await world.gateway.device()
    await post('/login/logout', { appId })
    const ask = () => post(path, { ...world.request({ appId }), xml: xmlOf('ab', 'cd') })
    await expectRefusal(world.gateway, ask, { code: 'device_offline', says: /getLoginQrCode/ })
  })

  test.each(sends)('a device that never logged in is refused by %s', async (path) => {
    const { data } = await post('/login/getLoginQrCode', { appId: '' })
    const ask = () => post(path, { ...world.request({ appId: data.appId }), xml: xmlOf('ab', 'cd') })
    await expectRefusal(world.gateway, ask, { code: 'device_offline', says: /getLoginQrCode/ })
  })

  test('a device that never logged in cannot be reconnected', async () => {
    const { data } = await post('/login/getLoginQrCode', { appId: '' })
    const ask = () => post('/login/reconnection', { appId: data.appId })
    await expectRefusal(world.gateway, ask, { code: 'device_offline', says: /getLoginQrCode/ })
  })

  test('nothing is fetched for a device that cannot send', async () => {
    await world.postVideo({ appId: 'wx_nobody', videoUrl: world.link('/untouched.mp4') })
    expect(world.origin.hitsOf('/untouched.mp4')).toEqual([])
  })
})

describe('the receiver', () => {
  test.each(['wxid_nobody', '@chatroom', '12345678901@chatroom', 'FILEHELPER', '微信用户', '😀', '../x'])(
    'the unknown receiver %s is refused',
    (toWxid) => expectRefusal(world.gateway, () => world.postVideo({ toWxid }), { code: 'receiver_unknown' }),
  )

  test('a device cannot write to itself', () =>
    expectRefusal(world.gateway, () => world.postVideo({ toWxid: world.sender.wxid }), {
      code: 'receiver_unknown',
      says: /自己.*filehelper/,
    }))

  test('a device cannot write to a chatroom it is not in', async () => {
    const third = await world.gateway.device()
    const { data } = await post('/group/createChatroom', {
      appId: world.friend.appId,
      wxids: [world.friend.wxid, third.wxid],
    })
    const ask = () => world.postVideo({ toWxid: data.chatroomId })
    await expectRefusal(world.gateway, ask, { code: 'receiver_unknown', says: /不在群里/ })
  })

  test.each([
    [['wxid_nobody', 'wxid_nobody2'], /wxid_nobody/],
    [[], /至少/],
    [['wxid_one', 'wxid_one'], /至少/],
  ])('a chatroom of %j is not made', (wxids, says) =>
    expectRefusal(world.gateway, () => post('/group/createChatroom', { appId: world.sender.appId, wxids }), {
      code: 'members_invalid',
      says,
    }),
  )
})
