import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { stories, until } from '../rigs/world.ts'

interface Sent {
  msgId: number
  newMsgId: number
  aesKey: string
  fileId: string
}

interface AddMsg {
  TypeName: string
  Appid: string
  Wxid: string
  Data: {
    MsgId: number
    FromUserName: { string: string }
    ToUserName: { string: string }
    MsgType: number
    Content: { string: string }
    NewMsgId: number
    CreateTime: number
    PushContent?: string
  }
}

stories('callbacks', (world) => {
  test('setCallback posts the test body first, and any answer counts', async () => {
    const { gateway, receiver } = await world()
    receiver.answers = [400]
    const { ret, msg } = await gateway.post('/tools/setCallback', {
      token: 'mine',
      callbackUrl: receiver.url,
    })
    expect({ ret, msg }).toEqual({ ret: 200, msg: '操作成功' })
    expect(receiver.tests[0]?.body).toEqual({ testMsg: '回调地址链接成功！', token: 'mine' })
    expect((await gateway.post('/login/setCallback', { token: 'mine', callbackUrl: receiver.url })).ret).toBe(
      200,
    )
  })

  test('a received video is told as AddMsg whose XML can be forwarded as it is', async () => {
    const { gateway, receiver, sender, friend, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    const { body } = await until(() => receiver.events[0])
    const told = body as unknown as AddMsg
    expect(told).toMatchObject({ TypeName: 'AddMsg', Appid: friend.appId, Wxid: friend.wxid })
    expect(told.Data).toMatchObject({
      MsgId: data.msgId,
      NewMsgId: data.newMsgId,
      FromUserName: { string: sender.wxid },
      ToUserName: { string: friend.wxid },
      MsgType: 43,
    })
    expect(told.Data.Content.string).toContain(`cdnvideourl="${data.fileId}"`)
    const back = await gateway.post<Sent>('/message/forwardVideo', {
      appId: friend.appId,
      toWxid: sender.wxid,
      xml: told.Data.Content.string,
    })
    expect(back).toMatchObject({ ret: 200, data: { fileId: data.fileId } })
  })

  test('a group message comes from the group, names its sender in front, and is forwarded all the same', async () => {
    const { gateway, receiver, sender, friend, request } = await world()
    const third = await gateway.device()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    const wxids = [friend.wxid, third.wxid]
    const { data: room } = await gateway.post('/group/createChatroom', { appId: sender.appId, wxids })
    await gateway.post('/message/postVideo', request({ toWxid: room.chatroomId }))
    await until(() => receiver.events.length === 2)
    const told = receiver.events.map(({ body }) => body as unknown as AddMsg)
    expect(new Set(told.map(({ Appid }) => Appid))).toEqual(new Set([friend.appId, third.appId]))
    for (const { Data } of told) {
      expect(Data.FromUserName.string).toBe(room.chatroomId)
      expect(Data.Content.string.startsWith(`${sender.wxid}:\n<?xml`)).toBe(true)
    }
    const xml = told[0]?.Data.Content.string
    const forwarded = await gateway.post('/message/forwardVideo', {
      appId: third.appId,
      toWxid: friend.wxid,
      xml,
    })
    expect(forwarded.ret).toBe(200)
  })

  test('the body is signed after Standard Webhooks with the secret that setCallback gives', async () => {
    const { gateway, receiver, request } = await world()
    const set = await gateway.post<{ callbackSecret: string }>('/tools/setCallback', {
      token: 'x',
      callbackUrl: receiver.url,
    })
    await gateway.post('/message/postVideo', request())
    const { text, headers } = await until(() => receiver.events[0])
    const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    expect(new Webhook(set.data.callbackSecret).verify(text, signed)).toMatchObject({ TypeName: 'AddMsg' })
    expect(() => new Webhook(set.data.callbackSecret).verify(`${text} `, signed)).toThrow()
  })

  test('a failed delivery is repeated with the very same bytes', async () => {
    const { gateway, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    receiver.answers = [500]
    await gateway.post('/message/postVideo', request())
    await until(() => receiver.events.length === 2)
    expect(receiver.events[1]?.text).toBe(receiver.events[0]?.text)
    expect(receiver.events[1]?.headers['webhook-id']).toBe(receiver.events[0]?.headers['webhook-id'])
  })

  test('what is owed survives a restart', async () => {
    const { gateway, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    receiver.answers = [500]
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    await until(() => receiver.events.length > 0)
    await gateway.restart()
    const again = await until(() => receiver.events[1])
    expect((again.body as unknown as AddMsg).Data.NewMsgId).toBe(data.newMsgId)
  })

  test('a logout is told as Offline without Data, and what arrives meanwhile is told at the next login', async () => {
    const { gateway, receiver, friend, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    await gateway.post('/login/logout', { appId: friend.appId })
    const gone = await until(() => receiver.events[0])
    expect(gone.body).toEqual({ TypeName: 'Offline', Appid: friend.appId, Wxid: friend.wxid })
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    expect((await gateway.post('/login/checkOnline', { appId: friend.appId })).data).toBe(false)
    expect(receiver.events).toHaveLength(1)
    expect((await gateway.post('/login/reconnection', { appId: friend.appId })).data).toBe(true)
    const told = await until(() => receiver.events[1])
    expect((told.body as unknown as AddMsg).Data.NewMsgId).toBe(data.newMsgId)
  })

  test('the lower-case and the flat form are settings', async () => {
    for (const [form, key] of [
      ['lower', 'type_name'],
      ['flat', 'newMsgId'],
    ] as const) {
      const { gateway, receiver, request } = await world({ HONGYAN_CALLBACK_FORM: form })
      await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
      await gateway.post('/message/postVideo', request())
      const { body } = await until(() => receiver.events[0])
      expect(body).toHaveProperty(key)
    }
  })
})
