import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { serve } from '../../rigs/origin.ts'
import { type Sent, xmlOf } from '../../rigs/process-client.ts'
import { picture, variant, video } from '../../rigs/videos.ts'

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')

const uploadsOf = ({ rig }: IlinkWorld) => rig.requests.filter(({ endpoint }) => endpoint === 'cdn/upload')

ilinkStories('sending to a real phone', (world) => {
  test('a video arrives whole, with its thumbnail, in the reply of the document', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const reply = await all.gateway.post<Sent>('/message/postVideo', all.video(device, alice))
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
    expect(alice.screen).toHaveLength(1)
    const [shown] = alice.screen
    expect(shown).toMatchObject({ kind: 'video', length: video.length, md5: md5(video) })
    expect(shown?.bytes).toEqual(video)
    expect(shown?.thumb?.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
    expect(shown?.thumbWidth).toBeGreaterThan(0)
    expect(all.rig.violations).toEqual([])
  })

  test.each([
    ['by one ticket for both', 'param'],
    ['by one whole URL for both', 'full'],
    ['as a picture of its own where the ticket names none', 'none'],
  ] as const)('the thumbnail goes up %s', async (_, thumbAnswer) => {
    const all = await world({}, { thumbAnswer })
    const { device, alice } = await all.ready()
    await all.gateway.post('/message/postVideo', all.video(device, alice))
    expect(alice.screen[0]?.thumb).toBeDefined()
    expect(uploadsOf(all)).toHaveLength(2)
    expect(all.rig.violations).toEqual([])
  })

  test('a video goes without its thumbnail rather than not at all', async () => {
    const all = await world({}, { thumbAnswer: 'none' })
    const { device, alice } = await all.ready()
    all.rig.next('getuploadurl', { delayMs: 0 }, { ret: -2 })
    const { ret } = await all.gateway.post('/message/postVideo', all.video(device, alice))
    expect(ret).toBe(200)
    expect(alice.screen[0]).toMatchObject({ kind: 'video' })
    expect(alice.screen[0]?.thumb).toBeUndefined()
  })

  test('forwarding to another person moves no byte', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('o9cqBob@im.wechat')
    await all.hear(bob, device)
    const { data } = await all.gateway.post<Sent>('/message/postVideo', all.video(device, alice))
    const before = uploadsOf(all).length
    const forwarded = await all.gateway.post('/message/forwardVideo', {
      appId: device.appId,
      toWxid: bob.userId,
      xml: xmlOf(data),
    })
    expect(forwarded).toMatchObject({ ret: 200, data: { fileId: data.fileId } })
    expect(uploadsOf(all)).toHaveLength(before)
    expect(bob.screen[0]?.bytes).toEqual(video)
    expect(all.rig.violations).toEqual([])
  })

  test('an upload that has gone stale is made again by itself', async () => {
    const all = await world({}, { staleUploads: 'refuse' })
    const { device, alice } = await all.ready()
    const { data } = await all.gateway.post<Sent>('/message/postVideo', all.video(device, alice))
    all.rig.expireUploads()
    const again = await all.gateway.post('/message/forwardVideo', {
      appId: device.appId,
      toWxid: alice.userId,
      xml: xmlOf(data),
    })
    expect(again).toMatchObject({ ret: 200 })
    expect(alice.screen).toHaveLength(2)
    expect(alice.screen[1]?.bytes).toEqual(video)
  })

  test('an upload that WeChat refuses in other words is made again too, but only once', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const { data } = await all.gateway.post<Sent>('/message/postVideo', all.video(device, alice))
    const before = uploadsOf(all).length
    const refusal = { ret: -1, errmsg: 'media expired' }
    all.rig.next('sendmessage', refusal, refusal, refusal)
    const again = await all.gateway.post('/message/forwardVideo', {
      appId: device.appId,
      toWxid: alice.userId,
      xml: xmlOf(data),
    })
    expect(again.data).toMatchObject({ code: 'channel_refused', sent: 'no' })
    expect(uploadsOf(all)).toHaveLength(before * 2)
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage')).toHaveLength(3)
  })

  test('a setting of 0 hours uploads every time', async () => {
    const all = await world({ HONGYAN_ILINK_REFERENCE_HOURS: '0' })
    const { device, alice } = await all.ready()
    await all.gateway.post('/message/postVideo', all.video(device, alice))
    const once = uploadsOf(all).length
    await all.gateway.post('/message/postVideo', all.video(device, alice))
    expect(uploadsOf(all)).toHaveLength(once * 2)
  })

  test('many sends of one new video at once upload it once', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => all.gateway.post('/message/postVideo', all.video(device, alice))),
    )
    expect(replies.map(({ ret }) => ret)).toEqual(Array(6).fill(200))
    expect(alice.screen).toHaveLength(6)
    expect(uploadsOf(all)).toHaveLength(2)
  })

  test.each([
    ['omit', undefined],
    ['ms', 2000],
    ['seconds', 2],
  ] as const)('play_length in %s', async (unit, playLength) => {
    const all = await world({ HONGYAN_ILINK_PLAY_LENGTH: unit })
    const { device, alice } = await all.ready()
    await all.gateway.post('/message/postVideo', all.video(device, alice))
    expect(alice.screen[0]?.playLength).toBe(playLength)
  })

  test('words, a picture and a file arrive, in the replies of the contract', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const to = { appId: device.appId, toWxid: alice.userId }
    const file = Buffer.from('%PDF-1.7 a file')
    all.origin.route('/report.pdf', serve(file, { type: 'application/pdf' }))
    const text = await all.gateway.post('/message/postText', { ...to, content: '好的 <b>&' })
    expect(text.data).toMatchObject({ toWxid: alice.userId, msgId: 0, type: 1 })
    const image = await all.gateway.post('/message/postImage', {
      ...to,
      imgUrl: `${all.origin.url}/thumb.jpg`,
    })
    expect(image.data).toMatchObject({ createTime: 0, type: null, length: picture.length, md5: md5(picture) })
    const paper = await all.gateway.post('/message/postFile', {
      ...to,
      fileUrl: `${all.origin.url}/report.pdf`,
      fileName: '报告.pdf',
    })
    expect(paper.data).toMatchObject({ type: 6, createTime: expect.any(Number) })
    expect(alice.screen.map(({ kind }) => kind)).toEqual(['text', 'image', 'file'])
    expect(alice.screen[0]?.text).toBe('好的 <b>&')
    expect(alice.screen[1]?.bytes).toEqual(picture)
    expect(alice.screen[2]).toMatchObject({ name: '报告.pdf', bytes: file })
    expect(all.rig.violations).toEqual([])
  })

  test('a text that WeChat would refuse is refused here, with the limit', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const content = '长'.repeat(2001)
    const reply = await all.gateway.post('/message/postText', {
      appId: device.appId,
      toWxid: alice.userId,
      content,
    })
    expect(reply.data).toMatchObject({
      code: 'text_too_long',
      sent: 'no',
      msg: expect.stringContaining('2000'),
    })
    expect(alice.screen).toEqual([])
  })

  test('groups, filehelper and withdrawing are refused in words', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const text = (toWxid: string) =>
      all.gateway.post('/message/postText', { appId: device.appId, toWxid, content: 'x' })
    expect((await text('12345@chatroom')).data).toMatchObject({ code: 'channel_unsupported' })
    expect((await text('filehelper')).data).toMatchObject({ code: 'receiver_unknown' })
    expect((await text(device.wxid)).data).toMatchObject({ code: 'receiver_unknown' })
    const created = await all.gateway.post('/group/createChatroom', {
      appId: device.appId,
      wxids: [alice.userId, 'b'],
    })
    expect(created.data).toMatchObject({ code: 'channel_unsupported' })
    const { data } = await all.gateway.post<Sent>('/message/postVideo', all.video(device, alice))
    const revoked = await all.gateway.post('/message/revokeMsg', {
      appId: device.appId,
      toWxid: alice.userId,
      newMsgId: String(data.newMsgId),
    })
    expect(revoked.data).toMatchObject({ code: 'channel_unsupported' })
  })

  test('an Idempotency-Key gives the first answer again and sends once', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const headers = { 'idempotency-key': 'k1' }
    const body = all.video(device, alice)
    const first = await all.gateway.post('/message/postVideo', body, { headers })
    const second = await all.gateway.post('/message/postVideo', body, { headers })
    expect(second.data).toEqual(first.data)
    expect(alice.screen).toHaveLength(1)
  })

  test('a caller that hangs up during the upload has sent nothing, and its retry sends once without a second upload', async () => {
    const all = await world({}, { slowReadBytesPerSecond: 400_000 })
    const { device, alice } = await all.ready()
    all.origin.route('/big.mp4', serve(variant('big', 400_000), { type: 'video/mp4' }))
    const body = all.video(device, alice, { videoUrl: `${all.origin.url}/big.mp4` })
    const hangUp = new AbortController()
    const given = all.gateway.post('/message/postVideo', body, { signal: hangUp.signal })
    while (uploadsOf(all).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    hangUp.abort()
    await expect(given).rejects.toThrow()
    const { ret } = await all.gateway.post('/message/postVideo', body)
    expect(ret).toBe(200)
    expect(alice.screen).toHaveLength(1)
    expect(uploadsOf(all)).toHaveLength(2)
  })
})
