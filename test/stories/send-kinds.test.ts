import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { html, serve } from '../rigs/origin.ts'
import { picture } from '../rigs/videos.ts'
import { stories, until, type World } from '../rigs/world.ts'

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const file = Buffer.from('%PDF-1.7 what a friend sends')

interface Told {
  MsgType: number
  FromUserName: { string: string }
  Content: { string: string }
  PushContent: string
  NewMsgId: number
}

/** Asks for callbacks; gives what the next event tells. */
async function listening({ gateway, receiver }: World) {
  await gateway.post('/tools/setCallback', { token, callbackUrl: receiver.url })
  return async (count = 1): Promise<Told> => {
    await until(() => receiver.events.length >= count)
    return receiver.events[count - 1]?.body.Data as Told
  }
}

async function download(world: World, route: string, body: object): Promise<Response> {
  const reply = await world.gateway.post<{ fileUrl: string }>(`/message/${route}`, body)
  expect(reply).toMatchObject({ ret: 200 })
  return fetch(reply.data.fileUrl)
}

stories('words, pictures and files', (world) => {
  test('words reach a friend as they were written, in the reply of the contract', async () => {
    const all = await world()
    const told = await listening(all)
    const content = '你好 <b> & "引号"\n第二行 😀'
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    const reply = await all.gateway.post('/message/postText', { ...to, content, ats: null })
    expect(Object.keys(reply.data)).toEqual(['toWxid', 'createTime', 'msgId', 'newMsgId', 'type'])
    expect(reply.data).toMatchObject({ toWxid: all.friend.wxid, msgId: 0, type: 1 })
    expect(Math.abs(Number(reply.data.createTime) - Date.now() / 1000)).toBeLessThan(60)
    const event = await told()
    expect(event).toMatchObject({
      MsgType: 1,
      FromUserName: { string: all.sender.wxid },
      Content: { string: content },
      NewMsgId: reply.data.newMsgId,
    })
    expect(event.PushContent.endsWith(` : ${content}`)).toBe(true)
  })

  test('words reach a group with their sender in front', async () => {
    const all = await world()
    const told = await listening(all)
    const wxids = [all.sender.wxid, all.friend.wxid]
    const { data: room } = await all.gateway.post('/group/createChatroom', { appId: all.sender.appId, wxids })
    await all.gateway.post('/message/postText', {
      appId: all.sender.appId,
      toWxid: room.chatroomId,
      content: '大家好',
    })
    expect((await told()).Content.string).toBe(`${all.sender.wxid}:\n大家好`)
  })

  test('words can be withdrawn', async () => {
    const all = await world()
    const told = await listening(all)
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    const { data } = await all.gateway.post('/message/postText', { ...to, content: '错了' })
    const revoked = await all.gateway.post('/message/revokeMsg', {
      ...to,
      msgId: '0',
      newMsgId: String(data.newMsgId),
    })
    expect(revoked.ret).toBe(200)
    expect((await told(2)).MsgType).toBe(10_002)
  })

  test('a picture arrives byte for byte, with its size and a thumbnail', async () => {
    const all = await world()
    const told = await listening(all)
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    const reply = await all.gateway.post('/message/postImage', {
      ...to,
      imgUrl: `${all.origin.url}/thumb.jpg`,
    })
    expect(Object.keys(reply.data)).toEqual([
      'toWxid',
      'createTime',
      'msgId',
      'newMsgId',
      'type',
      'aesKey',
      'fileId',
      'length',
      'width',
      'height',
      'md5',
    ])
    expect(reply.data).toMatchObject({ createTime: 0, type: null, length: picture.length, md5: md5(picture) })
    expect(Number(reply.data.width)).toBeGreaterThan(0)
    const { MsgType, Content, PushContent } = await told()
    expect([MsgType, PushContent.slice(-4)]).toEqual([3, '[图片]'])
    const asked = { appId: all.friend.appId, xml: Content.string }
    const whole = await download(all, 'downloadImage', { ...asked, type: 2 })
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(picture)
    const small = await download(all, 'downloadImage', { ...asked, type: 3 })
    expect(small.headers.get('content-type')).toBe('image/jpeg')
    const { aesKey, fileId } = reply.data
    const cdn = { appId: all.friend.appId, aesKey, fileId, type: '2', totalSize: '1', suffix: 'jpg' }
    expect(Buffer.from(await (await download(all, 'downloadCdn', cdn)).arrayBuffer())).toEqual(picture)
    const forwarded = await all.gateway.post('/message/forwardImage', { ...to, xml: Content.string })
    expect(forwarded.data).toMatchObject({ fileId, aesKey })
  })

  test('a picture by the old spelling of its field', async () => {
    const all = await world()
    const imageUrl = `${all.origin.url}/thumb.jpg`
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    expect((await all.gateway.post('/message/postImage', { ...to, imageUrl })).ret).toBe(200)
    expect((await all.gateway.post('/message/postImage', to)).data).toMatchObject({ code: 'request_invalid' })
  })

  test('a file arrives byte for byte under its name, and is saved rather than shown', async () => {
    const all = await world()
    const told = await listening(all)
    all.origin.route('/report', serve(file, { type: 'text/html' }))
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    const reply = await all.gateway.post('/message/postFile', {
      ...to,
      fileUrl: `${all.origin.url}/report`,
      fileName: '年度 报告"2026.pdf',
    })
    expect(reply.data).toMatchObject({ type: 6 })
    const { MsgType, Content, PushContent } = await told()
    expect([MsgType, PushContent.includes('[文件]年度 报告')]).toEqual([49, true])
    const saved = await download(all, 'downloadFile', { appId: all.friend.appId, xml: Content.string })
    expect(Buffer.from(await saved.arrayBuffer())).toEqual(file)
    expect(saved.headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''${encodeURIComponent('年度 报告"2026.pdf')}`,
    )
    const forwarded = await all.gateway.post('/message/forwardFile', { ...to, xml: Content.string })
    expect(forwarded.data).toMatchObject({ type: 6 })
  })

  test('what is no picture is refused as a picture, and goes as a file that no browser runs', async () => {
    const all = await world()
    all.origin.route('/page', html())
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    const refused = await all.gateway.post('/message/postImage', { ...to, imgUrl: `${all.origin.url}/page` })
    expect(refused).toMatchObject({ msg: '发送图片失败', data: { code: 'image_invalid', sent: 'no' } })
    const told = await listening(all)
    await all.gateway.post('/message/postFile', {
      ...to,
      fileUrl: `${all.origin.url}/page`,
      fileName: 'a.html',
    })
    const { Content } = await told()
    const saved = await download(all, 'downloadFile', { appId: all.friend.appId, xml: Content.string })
    expect(saved.headers.get('content-type')).toBe('application/octet-stream')
    expect(saved.headers.get('x-content-type-options')).toBe('nosniff')
    expect(saved.headers.get('content-security-policy')).toContain('sandbox')
  })

  test('the XML of one kind is not taken for another: the reason names the right call', async () => {
    const all = await world()
    const told = await listening(all)
    const to = { appId: all.sender.appId, toWxid: all.friend.wxid }
    await all.gateway.post('/message/postImage', { ...to, imgUrl: `${all.origin.url}/thumb.jpg` })
    const xml = (await told()).Content.string
    const reply = await all.gateway.post('/message/downloadVideo', { appId: all.friend.appId, xml })
    expect(reply.data).toMatchObject({ code: 'xml_invalid', msg: expect.stringContaining('downloadImage') })
  })

  test('an Idempotency-Key gives the first answer again', async () => {
    const all = await world()
    const headers = { 'idempotency-key': 'once' }
    const body = { appId: all.sender.appId, toWxid: all.friend.wxid, content: 'x' }
    const first = await all.gateway.post('/message/postText', body, { headers })
    const second = await all.gateway.post('/message/postText', body, { headers })
    expect(second.data).toEqual(first.data)
  })
})
