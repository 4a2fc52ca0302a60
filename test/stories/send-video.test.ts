import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { video } from '../rigs/videos.ts'
import { stories } from '../rigs/world.ts'

interface Sent {
  msgId: number
  newMsgId: number
  aesKey: string
  fileId: string
  length: number
}

const xmlOf = ({ aesKey, fileId, length }: Sent) =>
  `<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="${aesKey}" cdnthumbaeskey="${aesKey}" cdnvideourl="${fileId}" cdnthumburl="${fileId}" length="${length}" />\n</msg>`

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

stories('sending a video', (world) => {
  test('answers exactly the keys of the document, in its order, with null where it says null', async () => {
    const { gateway, friend, request } = await world()
    const response = await fetch(`${gateway.baseUrl}/message/postVideo`, {
      method: 'POST',
      headers: { 'X-GEWE-TOKEN': 'test-token-0123456789abcdef', 'Content-Type': 'application/json' },
      body: JSON.stringify(request()),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    const text = await response.text()
    const reply = JSON.parse(text)
    expect(Object.keys(reply)).toEqual(['ret', 'msg', 'data'])
    expect(Object.keys(reply.data)).toEqual([
      'toWxid',
      'createTime',
      'msgId',
      'newMsgId',
      'type',
      'aesKey',
      'fileId',
      'length',
    ])
    expect(reply).toMatchObject({ ret: 200, msg: '操作成功' })
    expect(reply.data).toMatchObject({
      toWxid: friend.wxid,
      createTime: null,
      type: null,
      length: video.length,
    })
    expect(reply.data.aesKey).toMatch(/^[0-9a-f]{32}$/)
    expect(reply.data.fileId).toMatch(/^[0-9a-f]{168}$/)
    expect(text).toMatch(/"newMsgId":\d{16},/)
    expect(reply.data.msgId).toBeLessThan(2 ** 31)
  })

  test('works alike under every prefix that clients use', async () => {
    const { gateway, request } = await world()
    for (const prefix of ['', '/v2/api', '/gewe/v2/api']) {
      const { ret } = await gateway.post(`${prefix}/message/postVideo`, request())
      expect(ret).toBe(200)
    }
  })

  test('goes to a friend, to a chatroom and to filehelper', async () => {
    const { gateway, sender, friend, request } = await world()
    const wxids = [sender.wxid, friend.wxid]
    const { data: room } = await gateway.post('/group/createChatroom', { appId: sender.appId, wxids })
    expect(room.chatroomId).toMatch(/^\d{11}@chatroom$/)
    for (const toWxid of [friend.wxid, room.chatroomId, 'filehelper']) {
      const { data } = await gateway.post('/message/postVideo', request({ toWxid }))
      expect(data.toWxid).toBe(toWxid)
    }
  })

  test('arrives bit for bit: the receiver downloads what the origin served', async () => {
    const { gateway, friend, request } = await world()
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    const link = await gateway.post<{ fileUrl: string }>('/message/downloadVideo', {
      appId: friend.appId,
      xml: xmlOf(data),
    })
    const received = Buffer.from(await (await fetch(link.data.fileUrl)).arrayBuffer())
    expect(sha256(received)).toBe(sha256(video))
  })

  test('can be forwarded from the reply, any number of times, without a request to the origin', async () => {
    const { gateway, origin, sender, friend, request } = await world()
    const { data } = await gateway.post<Sent>('/message/postVideo', request())
    const before = origin.hits.length
    const ids = new Set([data.newMsgId])
    for (let count = 0; count < 3; count += 1) {
      const forwarded = await gateway.post<Sent>('/message/forwardVideo', {
        appId: sender.appId,
        toWxid: friend.wxid,
        xml: xmlOf(data),
      })
      expect(forwarded.data).toEqual({
        ...data,
        msgId: forwarded.data.msgId,
        newMsgId: forwarded.data.newMsgId,
      })
      ids.add(forwarded.data.newMsgId)
    }
    expect(ids.size).toBe(4)
    expect(origin.hits).toHaveLength(before)
  })

  test('takes a duration as text or fraction, and says what the bytes say instead', async () => {
    const { gateway, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    for (const videoDuration of ['99', 65.2, '65.2', 0]) {
      expect((await gateway.post('/message/postVideo', request({ videoDuration }))).ret).toBe(200)
    }
    await expect.poll(() => receiver.events.length).toBe(4)
    for (const { text } of receiver.events) expect(text).toMatch(/playlength=\\"[12]\\"/)
  })

  test('makes the thumbnail itself when thumbUrl is empty, and the receiver can fetch it', async () => {
    const { gateway, friend, request } = await world({ HONGYAN_FFMPEG: 'off' })
    const { data } = await gateway.post<Sent>('/message/postVideo', request({ thumbUrl: '' }))
    const again = await gateway.post<Sent>('/message/postVideo', request({ thumbUrl: '' }))
    expect(again.data.fileId).toBe(data.fileId)
    const { data: link } = await gateway.post<{ fileUrl: string }>('/message/downloadCdn', {
      appId: friend.appId,
      aesKey: data.aesKey,
      fileId: data.fileId,
      type: '3',
      totalSize: '1',
      suffix: 'jpg',
    })
    const response = await fetch(link.fileUrl)
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect(Buffer.from(await response.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
  })

  test('scales the thumbnail to at most 240 px and 50 KB', async () => {
    const { gateway, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    await gateway.post('/message/postVideo', request())
    await expect.poll(() => receiver.events.length).toBe(1)
    const [, length, width, height] =
      /cdnthumblength=\\"(\d+)\\" cdnthumbwidth=\\"(\d+)\\" cdnthumbheight=\\"(\d+)\\"/.exec(
        receiver.events[0]?.text ?? '',
      ) ?? []
    expect(Number(width)).toBe(240)
    expect(Number(height)).toBe(135)
    expect(Number(length)).toBeLessThan(51_200)
  })
})
