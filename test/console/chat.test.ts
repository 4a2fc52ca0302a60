import { expect, test } from 'vitest'
import type { ConversationView, DeviceView, MessageView } from '../../src/console/schema.ts'
import { stories } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'
import { signIn, type Visitor } from './world.ts'

interface Messages {
  messages: MessageView[]
  more: boolean
}

interface Conversations {
  conversations: ConversationView[]
  more: boolean
}

const hostile = '<img src=x onerror=alert(1)>"\'&amp;\u202e</script>'

stories('what the console shows', (world) => {
  const messagesOf = (browser: Visitor, appId: string, peer: string, more: object = {}) =>
    browser.call<Messages>('/console/messages', { appId, peer, ...more })

  test('a conversation is told from both sides, the oldest first, each kind with what a person reads of it', async () => {
    const { gateway, sender, friend, request, origin } = await world()
    const browser = await signIn(gateway)
    await gateway.post('/message/postText', { appId: sender.appId, toWxid: friend.wxid, content: hostile })
    await gateway.post('/message/postVideo', request())
    const image = { appId: sender.appId, toWxid: friend.wxid, imgUrl: `${origin.url}/thumb.jpg` }
    await gateway.post('/message/postImage', image)
    const file = { fileUrl: `${origin.url}/video.mp4`, fileName: '<img onerror>.mp4' }
    await gateway.post('/message/postFile', { appId: sender.appId, toWxid: friend.wxid, ...file })

    const out = (await messagesOf(browser, sender.appId, friend.wxid)).data
    const received = (await messagesOf(browser, friend.appId, sender.wxid)).data
    expect(out.messages.map(({ kind }) => kind)).toEqual(['text', 'video', 'image', 'file'])
    expect(received.messages.map(({ kind }) => kind)).toEqual(['text', 'video', 'image', 'file'])
    expect(out.messages.map(({ direction, state }) => `${direction} ${state}`)).toEqual(
      Array(4).fill('out sent'),
    )
    expect(received.messages.map(({ direction }) => direction)).toEqual(Array(4).fill('in'))
    expect(out.messages[0]?.text).toBe(hostile)
    expect(out.messages[1]?.media).toMatchObject({
      kind: 'video',
      mime: 'video/mp4',
      hasThumb: true,
      here: true,
    })
    expect(out.messages[1]?.media?.length).toBeGreaterThan(1000)
    expect(out.messages[3]?.text).toBe('<img onerror>.mp4')
    expect(received.messages[1]?.xml).toContain('<videomsg')
  })

  test('in a chatroom each message names its sender, and what is forwarded is without the name in front', async () => {
    const { gateway, sender, friend, request } = await world()
    const browser = await signIn(gateway)
    const wxids = [sender.wxid, friend.wxid]
    const room = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
      appId: sender.appId,
      wxids,
    })
    const { chatroomId } = room.data
    await gateway.post('/message/postVideo', request({ toWxid: chatroomId }))
    await gateway.post('/message/postText', { appId: friend.appId, toWxid: chatroomId, content: 'a:\nb' })
    await browser.call('/console/renameDevice', { appId: sender.appId, nickName: hostile })

    const { messages } = (await messagesOf(browser, friend.appId, chatroomId)).data
    expect(messages.map(({ senderWxid }) => senderWxid)).toEqual([sender.wxid, friend.wxid])
    expect(messages[0]?.senderName).toBe(hostile)
    expect(messages[0]?.xml.startsWith('<?xml')).toBe(true)
    expect(messages[1]?.text).toBe('a:\nb')
    const forwarded = await browser.call('/console/api/message/forwardVideo', {
      appId: friend.appId,
      toWxid: sender.wxid,
      xml: messages[0]?.xml,
    })
    expect(forwarded.ret).toBe(200)
  })

  test('conversations come newest first, by pages that miss and double nothing', async () => {
    const { gateway, sender, friend } = await world()
    const browser = await signIn(gateway)
    const others = [friend, await gateway.device(), await gateway.device()]
    for (const { wxid } of [...others, ...others].reverse()) {
      await gateway.post('/message/postText', { appId: sender.appId, toWxid: wxid, content: `to ${wxid}` })
    }
    const seen: string[] = []
    let before: number | undefined
    for (let pages = 0; pages < 5; pages += 1) {
      const { data } = await browser.call<Conversations>('/console/conversations', {
        appId: sender.appId,
        limit: 2,
        ...(before === undefined ? {} : { before }),
      })
      seen.push(...data.conversations.map(({ peer }) => peer))
      before = data.conversations.at(-1)?.last.newMsgId
      if (!data.more) break
    }
    expect(seen).toEqual(others.map(({ wxid }) => wxid))
  })

  test('older messages come by pages that miss and double nothing', async () => {
    const { gateway, sender, friend } = await world()
    const browser = await signIn(gateway)
    for (let number = 0; number < 7; number += 1) {
      await gateway.post('/message/postText', {
        appId: sender.appId,
        toWxid: friend.wxid,
        content: `${number}`,
      })
    }
    const newest = (await messagesOf(browser, friend.appId, sender.wxid, { limit: 3 })).data
    const older = (
      await messagesOf(browser, friend.appId, sender.wxid, { limit: 4, before: newest.messages[0]?.newMsgId })
    ).data
    expect([...older.messages, ...newest.messages].map(({ text }) => text).join('')).toBe('0123456')
    expect([newest.more, older.more]).toEqual([true, false])
  })

  test('a withdrawn message says so on both sides and nothing else', async () => {
    const { gateway, sender, friend, request } = await world()
    const browser = await signIn(gateway)
    const { data } = await gateway.post<{ msgId: number; newMsgId: number }>('/message/postVideo', request())
    await gateway.post('/message/revokeMsg', { appId: sender.appId, toWxid: friend.wxid, ...data })
    for (const [appId, peer] of [
      [sender.appId, friend.wxid],
      [friend.appId, sender.wxid],
    ] as const) {
      const [message] = (await messagesOf(browser, appId, peer)).data.messages
      expect(message).toMatchObject({ state: 'revoked', kind: 'notice', text: '', media: null, xml: '' })
      expect((await browser.get(`/console/media/${appId}/${data.newMsgId}/body`)).status).toBe(404)
    }
  })

  test('a video is served by range under an address that stays the same, with its thumbnail', async () => {
    const { gateway, sender, request } = await world()
    const browser = await signIn(gateway)
    const { data } = await gateway.post<{ newMsgId: number; length: number }>('/message/postVideo', request())
    const address = `/console/media/${sender.appId}/${data.newMsgId}`
    const part = await browser.get(`${address}/body`, { range: 'bytes=100-199' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${data.length}`])
    const whole = await browser.get(`${address}/body`)
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(bytes.subarray(100, 200).equals(Buffer.from(await part.arrayBuffer()))).toBe(true)
    expect((await browser.get(`${address}/thumb`)).headers.get('content-type')).toBe('image/jpeg')
    expect((await browser.get(`${address}/other`)).status).toBe(404)
    expect((await fetch(`${gateway.baseUrl}${address}/body`)).status).toBe(401)
  })

  test('another token sees nothing of it: not a device, conversation, message, file or event', async () => {
    const { gateway, sender, friend, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: '', callbackUrl: receiver.url })
    const { data } = await gateway.post<{ newMsgId: number }>('/message/postVideo', request())
    const own = await signIn(gateway)
    const { events } = (await own.call<{ events: { id: number }[] }>('/console/events')).data
    const id = events[0]?.id ?? 0
    expect(id).toBeGreaterThan(0)
    const stranger = await signIn(gateway, await withTokens(gateway, (tokens) => tokens.create('stranger')))

    expect((await stranger.call<DeviceView[]>('/console/devices')).data).toEqual([])
    expect((await stranger.call('/console/events')).data).toMatchObject({ url: null, owed: 0, events: [] })
    const { appId } = sender
    for (const [path, body] of [
      ['/console/conversations', { appId }],
      ['/console/messages', { appId, peer: friend.wxid }],
      ['/console/contacts', { appId }],
      ['/console/renameDevice', { appId, nickName: 'mine' }],
      ['/console/api/message/postText', { appId, toWxid: friend.wxid, content: 'x' }],
    ] as const) {
      expect(await stranger.call(path, body), path).toMatchObject({
        ret: 500,
        data: { code: 'device_unknown' },
      })
    }
    for (const path of ['/console/event', '/console/sendAgain']) {
      expect(await stranger.call(path, { id }), path).toMatchObject({
        ret: 500,
        data: { code: 'event_unknown' },
      })
    }
    expect((await stranger.get(`/console/media/${appId}/${data.newMsgId}/body`)).status).toBe(404)
  })

  test('devices say how they stand and when something last happened', async () => {
    const { gateway, sender, friend } = await world()
    const browser = await signIn(gateway)
    await gateway.post('/message/postText', { appId: sender.appId, toWxid: friend.wxid, content: 'x' })
    await gateway.post('/login/logout', { appId: friend.appId })
    const waiting = await gateway.post<{ appId: string }>('/login/getLoginQrCode', { appId: '' })
    const { data } = await browser.call<DeviceView[]>('/console/devices')
    const stateOf = (appId: string) => data.find((device) => device.appId === appId)
    expect(stateOf(sender.appId)).toMatchObject({ state: 'online', channel: 'local', wxid: sender.wxid })
    expect(stateOf(sender.appId)?.lastActivity).toBeGreaterThan(Date.now() - 60_000)
    expect(stateOf(friend.appId)).toMatchObject({ state: 'offline' })
    expect(stateOf(waiting.data.appId)).toMatchObject({ state: 'new', wxid: '', lastActivity: null })
  })
})
