import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { serve } from '../../rigs/origin.ts'
import { picture } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

type Body = Record<string, unknown>

/** All that the owner has: a device, a contact, what was sent and what was received. */
async function belongings(all: IlinkWorld) {
  const { device, alice } = await all.ready()
  all.origin.route('/a.jpg', serve(picture, { type: 'image/jpeg' }))
  all.origin.route('/a.txt', serve('words', { type: 'text/plain' }))
  const to = { appId: device.appId, toWxid: alice.userId }
  const post = (name: string, body: Body) => all.gateway.post<Body>(`/message/${name}`, { ...to, ...body })
  const video = (await all.gateway.post<Body>('/message/postVideo', all.video(device, alice))).data
  const image = (await post('postImage', { imgUrl: `${all.origin.url}/a.jpg` })).data
  const file = await post('postFile', { fileUrl: `${all.origin.url}/a.txt`, fileName: 'a.txt' })
  expect(file.ret).toBe(200)
  alice.write(device.wxid, { file: Buffer.from('secret'), name: 'secret.txt' })
  alice.write(device.wxid, { voice: Buffer.from('#!AMR\nsecret') })
  alice.write(device.wxid, { image: picture })
  await until(() => all.told('AddMsg').length === 4)
  const xmlOf = (type: number) =>
    all.told('AddMsg').find(({ Data }) => Data.MsgType === type)?.Data.Content.string
  return {
    ...{ device, alice, video, image },
    xml: { file: xmlOf(49) ?? '', voice: xmlOf(34) ?? '', image: xmlOf(3) ?? '' },
    newMsgId: file.data.newMsgId,
  }
}

ilinkStories('another token', (world) => {
  test('is told nothing and can do nothing, whatever of the owner’s it names', async () => {
    const all = await world()
    const mine = await belongings(all)
    const token = await all.stranger()
    const own = (
      await all.gateway.post<Body>('/login/getLoginQrCode', { appId: '', channel: 'local' }, { token })
    ).data
    await all.gateway.post('/login/checkLogin', { appId: own.appId, uuid: own.uuid }, { token })

    const url = `${all.origin.url}/a.jpg`
    const { appId } = mine.device
    const { userId: toWxid } = mine.alice
    const { fileId, aesKey } = mine.image
    const videoXml = `<msg><videomsg aeskey="${mine.video.aesKey}" cdnvideourl="${mine.video.fileId}"/></msg>`
    const hits = all.origin.hits.length
    const shown = mine.alice.screen.length

    const withTheirDevice: [string, Body][] = [
      ['/message/postText', { toWxid, content: 'x' }],
      ['/message/postImage', { toWxid, imgUrl: url }],
      ['/message/postFile', { toWxid, fileUrl: url, fileName: 'a' }],
      ['/message/postVideo', { toWxid, videoUrl: url, thumbUrl: url, videoDuration: 1 }],
      ['/message/forwardVideo', { toWxid, xml: videoXml }],
      ['/message/forwardImage', { toWxid, xml: mine.xml.image }],
      ['/message/forwardFile', { toWxid, xml: mine.xml.file }],
      ['/message/downloadVideo', { xml: videoXml }],
      ['/message/downloadImage', { xml: mine.xml.image }],
      ['/message/downloadVoice', { xml: mine.xml.voice }],
      ['/message/downloadFile', { xml: mine.xml.file }],
      ['/message/downloadCdn', { fileId, aesKey, type: '2', totalSize: '1', suffix: 'jpg' }],
      ['/message/revokeMsg', { toWxid, newMsgId: mine.newMsgId, msgId: 1, createTime: 1 }],
      ['/message/getMsgState', { newMsgId: mine.newMsgId }],
      ['/login/getLoginQrCode', {}],
      ['/login/checkLogin', { uuid: 'x' }],
      ['/login/dialogLogin', {}],
      ['/login/reconnection', {}],
      ['/login/logout', {}],
      ['/contacts/fetchContactsList', {}],
      ['/contacts/getBriefInfo', { wxids: [toWxid] }],
      ['/contacts/getDetailInfo', { wxids: [toWxid] }],
      ['/group/createChatroom', { wxids: [toWxid, mine.device.wxid] }],
      ['/personal/getProfile', {}],
    ]
    for (const [path, body] of withTheirDevice) {
      const reply = await all.gateway.post<Body>(path, { appId, ...body }, { token })
      expect([path, reply.ret, reply.data.code]).toEqual([path, 500, 'device_unknown'])
      expect(JSON.stringify(reply)).not.toContain(mine.device.wxid)
    }
    expect((await all.gateway.post('/login/checkOnline', { appId }, { token })).data).toBe(false)
    expect((await all.gateway.post('/login/deviceList', {}, { token })).data).toEqual([own.appId])

    const withTheirMedia: [string, Body][] = [
      ['/message/forwardVideo', { toWxid: 'filehelper', xml: videoXml }],
      ['/message/forwardImage', { toWxid: 'filehelper', xml: mine.xml.image }],
      ['/message/forwardFile', { toWxid: 'filehelper', xml: mine.xml.file }],
      ['/message/downloadVideo', { xml: videoXml }],
      ['/message/downloadImage', { xml: mine.xml.image }],
      ['/message/downloadVoice', { xml: mine.xml.voice }],
      ['/message/downloadFile', { xml: mine.xml.file }],
      ['/message/downloadCdn', { fileId, aesKey, type: '2', totalSize: '1', suffix: 'jpg' }],
    ]
    for (const [path, body] of withTheirMedia) {
      const reply = await all.gateway.post<Body>(path, { appId: own.appId, ...body }, { token })
      expect([path, reply.ret, reply.data.code]).toEqual([path, 500, 'media_unknown'])
    }
    const state = await all.gateway.post<Body>(
      '/message/getMsgState',
      { appId: own.appId, newMsgId: mine.newMsgId },
      { token },
    )
    expect(state.data.code).toBe('message_unknown')
    for (const to of [mine.device.wxid, toWxid]) {
      const say = { appId: own.appId, toWxid: to, content: 'x' }
      const reply = await all.gateway.post<Body>('/message/postText', say, { token })
      expect(reply.data.code).toBe('receiver_unknown')
    }

    expect(all.origin.hits.length).toBe(hits)
    expect(mine.alice.screen.length).toBe(shown)
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/download')).toEqual([])
    expect((await all.gateway.post('/login/checkOnline', { appId })).data).toBe(true)
    expect((await all.gateway.post('/message/downloadFile', { appId, xml: mine.xml.file })).ret).toBe(200)
  })

  test('gets nothing with the right fileId and a wrong key, nor does the owner', async () => {
    const all = await world()
    const mine = await belongings(all)
    const wrong = mine.xml.file.replace(/<aeskey>[0-9a-f]+/, `<aeskey>${'f'.repeat(32)}`)
    const reply = await all.gateway.post<Body>('/message/downloadFile', {
      appId: mine.device.appId,
      xml: wrong,
    })
    expect(reply.data.code).toBe('media_key_mismatch')
  })
})

ilinkStories('the bodies that old clients send', (world) => {
  test.each<[string, string, Body]>([
    ['ats: null', 'postText', { content: 'x', ats: null }],
    ['ats of somebody', 'postText', { content: 'x', ats: 'notify@all' }],
    ['unknown fields', 'postText', { content: 'x', foo: { bar: [1] } }],
    ['imageUrl for imgUrl', 'postImage', { imageUrl: '/a.jpg' }],
  ])('are taken: %s', async (_, name, body) => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/a.jpg', serve(picture, { type: 'image/jpeg' }))
    const whole = body.imageUrl ? { ...body, imageUrl: `${all.origin.url}${body.imageUrl}` } : body
    const to = { appId: device.appId, toWxid: alice.userId }
    expect((await all.gateway.post(`/message/${name}`, { ...to, ...whole })).ret).toBe(200)
  })

  test.each<[string, string, Body, string]>([
    ['no picture', 'postImage', {}, 'request_invalid'],
    ['a picture that is null', 'postImage', { imgUrl: null }, 'request_invalid'],
    ['a picture that is blank', 'postImage', { imgUrl: ' ' }, 'request_invalid'],
    ['a file that is blank', 'postFile', { fileUrl: ' ', fileName: 'a' }, 'url_invalid'],
    ['no words', 'postText', { content: '' }, 'request_invalid'],
    ['words that are an object', 'postText', { content: {} }, 'request_invalid'],
    ['16,385 words', 'postText', { content: 'x'.repeat(16_385) }, 'request_invalid'],
    ['2001 words', 'postText', { content: '字'.repeat(2001) }, 'text_too_long'],
    ['no name', 'postFile', { fileUrl: 'http://x/', fileName: '' }, 'request_invalid'],
    ['a NUL', 'postText', { content: 'a\u0000' }, 'body_invalid'],
    ['a state of an object', 'getMsgState', { newMsgId: {} }, 'request_invalid'],
    ['a state of 1e400', 'getMsgState', { newMsgId: '1e400' }, 'message_unknown'],
  ])('are refused in words, and nothing leaves: %s', async (_, name, body, code) => {
    const all = await world()
    const { device, alice } = await all.ready()
    const to = { appId: device.appId, toWxid: alice.userId }
    const reply = await all.gateway.post<Body>(`/message/${name}`, { ...to, ...body })
    expect([reply.status, reply.ret, reply.data.code]).toEqual([200, 500, code])
    expect(alice.screen).toEqual([])
  })

  test.each([
    ['postText', { content: 'x' }],
    ['postImage', { imgUrl: '/a.jpg' }],
    ['postFile', { fileUrl: '/a.jpg', fileName: 'a' }],
  ])('a repeated Idempotency-Key sends %s once, 10 at the same time included', async (name, body) => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/a.jpg', serve(picture, { type: 'image/jpeg' }))
    const whole = Object.fromEntries(
      Object.entries(body).map(([key, value]) => [
        key,
        value.startsWith('/') ? all.origin.url + value : value,
      ]),
    )
    const to = { appId: device.appId, toWxid: alice.userId }
    const headers = { 'idempotency-key': 'once' }
    const send = () => all.gateway.post<Body>(`/message/${name}`, { ...to, ...whole }, { headers })
    const replies = await Promise.all(Array.from({ length: 10 }, send))
    expect(replies.some(({ ret }) => ret === 200)).toBe(true)
    const { data } = await send()
    for (const reply of replies.filter(({ ret }) => ret === 200)) expect(reply.data).toEqual(data)
    expect(alice.screen).toHaveLength(1)
  })
})
