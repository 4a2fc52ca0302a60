import { expect, test } from 'vitest'
import { stories, until } from '../rigs/world.ts'

interface Sent {
  msgId: number
  newMsgId: number
}

interface Notice {
  Appid: string
  Data: { MsgType: number; FromUserName: { string: string }; Content: { string: string } }
}

stories('withdrawing a message', (world) => {
  test.each([
    ['numbers', ({ msgId, newMsgId }: Sent) => ({ msgId, newMsgId })],
    ['strings', ({ msgId, newMsgId }: Sent) => ({ msgId: `${msgId}`, newMsgId: `${newMsgId}` })],
    ['the newMsgId alone', ({ newMsgId }: Sent) => ({ newMsgId })],
    ['the msgId alone', ({ msgId }: Sent) => ({ msgId, newMsgId: null })],
    ['the old spelling msgid', ({ msgId }: Sent) => ({ msgid: `${msgId}` })],
    [
      'a newMsgId rounded to 15 digits',
      ({ msgId, newMsgId }: Sent) => ({ msgId, newMsgId: `${Math.round(newMsgId / 10)}0` }),
    ],
  ])('understands %s', async (_, ids) => {
    const { gateway, receiver, sender, friend, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    const body = { appId: sender.appId, toWxid: friend.wxid, createTime: null, ...ids(data) }
    const reply = await gateway.post('/message/revokeMsg', body)
    expect(reply).toEqual({ status: 200, ret: 200, msg: '操作成功' })
    const { body: told } = await until(() => receiver.events[1])
    const notice = told as unknown as Notice
    expect(notice.Appid).toBe(friend.appId)
    expect(notice.Data.MsgType).toBe(10002)
    expect(notice.Data.FromUserName.string).toBe(sender.wxid)
    expect(notice.Data.Content.string).toContain(`<newmsgid>${data.newMsgId}</newmsgid>`)
    expect(notice.Data.Content.string).toContain(`<msgid>${data.msgId}</msgid>`)
  })

  test('twice is as good as once, and is told once', async () => {
    const { gateway, receiver, sender, friend, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    const body = { appId: sender.appId, toWxid: friend.wxid, newMsgId: data.newMsgId }
    const replies = await Promise.all([1, 2, 3].map(() => gateway.post('/message/revokeMsg', body)))
    expect(replies.map(({ ret }) => ret)).toEqual([200, 200, 200])
    const last = await gateway.post<Sent>('/message/postVideo', request())
    await until(() => receiver.events.some(({ text }) => text.includes(`"NewMsgId":${last.data.newMsgId}`)))
    expect(receiver.events.filter(({ text }) => text.includes('"MsgType":10002'))).toHaveLength(1)
  })

  test('a message that its receiver has not seen yet is never told', async () => {
    const { gateway, receiver, sender, friend, request } = await world()
    await gateway.post('/login/logout', { appId: friend.appId })
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    await gateway.post('/message/revokeMsg', {
      appId: sender.appId,
      toWxid: friend.wxid,
      newMsgId: data.newMsgId,
    })
    await gateway.post('/login/reconnection', { appId: friend.appId })
    const next = await gateway.post<Sent>('/message/postVideo', request())
    await until(() => receiver.events.some(({ text }) => text.includes(`"NewMsgId":${next.data.newMsgId}`)))
    expect(receiver.events).toHaveLength(1)
  })

  test('ids of another receiver, or of nothing, are refused', async () => {
    const { gateway, sender, friend, request } = await world()
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    for (const body of [
      { toWxid: 'filehelper', newMsgId: data.newMsgId, msgId: data.msgId },
      { toWxid: friend.wxid, newMsgId: 1234567890123456 },
      { toWxid: friend.wxid, newMsgId: 'abc' },
      { toWxid: friend.wxid },
    ]) {
      const reply = await gateway.post('/message/revokeMsg', { appId: sender.appId, ...body })
      expect(reply).toMatchObject({ status: 200, ret: 500, data: { code: 'message_unknown', sent: 'no' } })
    }
  })
})
