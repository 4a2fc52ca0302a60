import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway } from '../rigs/gateway.ts'
import { alterRows, expectRefusal, postRaw, startWorld, type World, withTokens } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const post = (path: string, body: unknown, token?: string | null, headers?: Record<string, string>) =>
  world.gateway.post(path, body, {
    ...(token === undefined ? {} : { token }),
    ...(headers ? { headers } : {}),
  })

/** XML as a caller assembles it from a reply. */
const xmlOf = (fileId: unknown, aesKey: unknown) =>
  `<?xml version="1.0"?><msg><videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" length="1" playlength="1"/></msg>`

describe('the token', () => {
  const missing = { code: 'token_missing', title: 'header:X-GEWE-TOKEN 不可为空' } as const
  const invalid = { code: 'token_invalid', title: / 不可用或已过期$/ } as const

  test.each([null, '', '   '])('a send with the token %j is refused as having none', (none) =>
    expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), none), missing),
  )

  test.each(['wrong', `${'x'.repeat(32)}`, 'a'.repeat(4000), "' OR 1=1 --", '%00'])(
    'a send with the unknown token %s is refused in the words clients look for',
    (unknown) =>
      expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), unknown), invalid),
  )

  test('a token named twice counts as neither', () =>
    expectRefusal(
      world.gateway,
      () => post('/login/deviceList', {}, `${world.otherToken}, ${world.otherToken}`),
      invalid,
    ))

  test('a refused token is not repeated in the reply', async () => {
    const nearly = `${world.otherToken.slice(0, -1)}z`
    const reply = await post('/message/postVideo', world.request(), nearly)
    expect(JSON.stringify(reply)).not.toContain(nearly.slice(4))
  })

  test('a revoked token is refused, also one that was in use', async () => {
    const revoked = await withTokens(world.gateway, (tokens) => tokens.create('to be revoked'))
    expect(await post('/login/deviceList', {}, revoked)).toMatchObject({ ret: 200 })
    await withTokens(world.gateway, (tokens) => tokens.revoke('to be revoked'))
    await expect
      .poll(async () => (await post('/login/deviceList', {}, revoked)).ret, { timeout: 10_000 })
      .toBe(500)
    await expectRefusal(world.gateway, () => post('/message/postVideo', world.request(), revoked), invalid)
  })

  test('a stranger gets no token where the gateway gives none out', async () => {
    const closed = await startTestGateway({ env: { HONGYAN_OPEN_TOKENS: 'off' } })
    try {
      await expectRefusal(closed, () => closed.post('/tools/getTokenId', {}, { token: null }), {
        code: 'token_closed',
      })
      await expectRefusal(closed, () => closed.post('/tools/getTokenId', {}, { token: 'wrong' }), invalid)
    } finally {
      await closed.close()
    }
  })

  test.each([{ origin: 'http://evil.example' }, { 'x-forwarded-for': '1.2.3.4' }, { via: '1.1 proxy' }])(
    'a web page or a proxy on this machine gets no token: %j',
    (headers) =>
      expectRefusal(world.gateway, () => post('/tools/getTokenId', {}, null, headers), {
        code: 'token_closed',
      }),
  )
})

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

describe('the error words of the contract', () => {
  test('getLoginQrCode says of an unknown device that it does not exist', () =>
    expectRefusal(world.gateway, () => post('/login/getLoginQrCode', { appId: 'wx_nobody' }), {
      code: 'device_unknown',
      title: '获取二维码失败',
      says: /^\[wx_nobody\]设备不存在/,
    }))

  test.each(['/login/getLoginQrCode', '/login/dialogLogin'])('%s says that a device is online', (path) =>
    expectRefusal(world.gateway, () => post(path, { appId: world.sender.appId }), {
      code: 'device_online',
      title: '微信已登录，请勿重复登录。',
    }),
  )

  test.each(['/tools/setCallback', '/login/setCallback'])(
    '%s says that the test post did not arrive, without the query of the URL',
    async (path) => {
      world.origin.route('/callback', (request) => request.socket.destroy())
      const body = { token: 'x', callbackUrl: world.link('/callback') }
      await expectRefusal(world.gateway, () => post(path, body), {
        code: 'callback_unreachable',
        title: `${world.origin.url}/callback push msg err`,
      })
    },
  )

  test('revokeMsg says of an old message that its time is over', async () => {
    const { data } = await world.postVideo()
    alterRows(
      world.gateway,
      'UPDATE messages SET created_at = created_at - 121000 WHERE new_msg_id = ?',
      data.newMsgId,
    )
    const ids = { msgId: data.msgId, newMsgId: data.newMsgId }
    const ask = () =>
      post('/message/revokeMsg', { appId: world.sender.appId, toWxid: world.friend.wxid, ...ids })
    await expectRefusal(world.gateway, ask, { code: 'revoke_expired', title: '消息已超过可撤回时间' })
  })

  test.each([
    ['/message/postVideo', '发送视频失败'],
    ['/message/forwardVideo', '转发视频失败'],
    ['/message/revokeMsg', '撤回消息失败'],
    ['/message/downloadVideo', '下载视频失败'],
    ['/login/checkLogin', '检测登录失败'],
    ['/group/createChatroom', '创建群聊失败'],
  ])('%s fails in its own words', (path, title) =>
    expectRefusal(world.gateway, () => postRaw(world.gateway, path, '{}'), {
      code: 'request_invalid',
      title,
    }),
  )
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
