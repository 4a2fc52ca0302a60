import { afterAll, beforeAll, describe, test } from 'vitest'
import { alterRows, expectRefusal, postRaw, startWorld, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const post = (path: string, body: unknown, token?: string) =>
  world.gateway.post(path, body, token === undefined ? {} : { token })

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
