import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { picture, video } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The newest message that the caller's server was told, once there are so many. */
async function nth(world: IlinkWorld, count: number) {
  await until(() => world.told('AddMsg').length >= count)
  const event = world.told('AddMsg')[count - 1]
  if (!event) throw new Error('told nothing')
  return event.Data
}

async function download(world: IlinkWorld, route: string, body: object): Promise<Buffer> {
  const reply = await world.gateway.post<{ fileUrl: string }>(`/message/${route}`, body)
  expect(reply).toMatchObject({ ret: 200 })
  const response = await fetch(reply.data.fileUrl)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

ilinkStories('what people write to the bot', (world) => {
  test('arrives as an AddMsg event with every key that strict clients want', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const [event] = all.told('AddMsg')
    expect(event).toMatchObject({
      TypeName: 'AddMsg',
      Appid: device.appId,
      Wxid: device.wxid,
      Data: {
        FromUserName: { string: alice.userId },
        ToUserName: { string: device.wxid },
        MsgType: 1,
        Content: { string: '你好' },
        PushContent: expect.stringMatching(/ : 你好$/),
      },
    })
    expect(String(event?.Data.NewMsgId)).toMatch(/^\d{16}$/)
    expect(Math.abs(Date.now() / 1000 - (event?.Data.CreateTime ?? 0))).toBeLessThan(60)
  })

  test('keeps the order and every character', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const texts = ['<b>&"\'', '换行\n第二行', '😀👨‍👩‍👧', ']]>', 'x'.repeat(4000)]
    for (const text of texts) alice.write(device.wxid, { text })
    await nth(all, 1 + texts.length)
    expect(
      all
        .told('AddMsg')
        .slice(1)
        .map(({ Data }) => Data.Content.string),
    ).toEqual(texts)
  })

  test.each(['same id', 'new id'] as const)(
    'tells a message that comes twice (%s) once',
    async (duplicate) => {
      const all = await world()
      const { device, alice } = await all.ready()
      alice.write(device.wxid, { text: 'once' }, { duplicate })
      alice.write(device.wxid, { text: 'after' })
      await until(() => all.told('AddMsg').some(({ Data }) => Data.Content.string === 'after'))
      const texts = all.told('AddMsg').map(({ Data }) => Data.Content.string)
      expect(texts).toEqual(['你好', 'once', 'after'])
    },
  )

  test('tells the same words twice when they were written twice', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const now = Date.now()
    alice.write(device.wxid, { text: '1' }, { createTimeMs: now })
    alice.write(device.wxid, { text: '1' }, { createTimeMs: now + 3000 })
    await nth(all, 3)
    expect(all.told('AddMsg').map(({ Data }) => Data.Content.string)).toEqual(['你好', '1', '1'])
  })

  test('is not told what the bot itself wrote', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    alice.write(device.wxid, { text: 'of the bot' }, { fields: { message_type: 2 } })
    await all.hear(alice, device, 'after')
    expect(all.told('AddMsg').map(({ Data }) => Data.Content.string)).toEqual(['你好', 'after'])
  })

  test('a video can be downloaded bit for bit, is fetched only when asked for, and once', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    alice.write(device.wxid, { video, thumb: picture, playMs: 9000 })
    const { MsgType, Content } = await nth(all, 2)
    expect(MsgType).toBe(43)
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/download')).toEqual([])
    const asked = { appId: device.appId, xml: Content.string }
    expect(sha256(await download(all, 'downloadVideo', asked))).toBe(sha256(video))
    const fetched = all.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/download').length
    expect(sha256(await download(all, 'downloadVideo', asked))).toBe(sha256(video))
    expect(all.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/download')).toHaveLength(fetched)
  })

  test('a picture, a voice and a file too', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const voice = Buffer.from('\x02#!SILK_V3 not a real voice, but bytes')
    const file = Buffer.from('%PDF-1.7 a file')
    alice.write(device.wxid, { image: picture })
    alice.write(device.wxid, { voice, playMs: 2300, transcript: '听得见' })
    alice.write(device.wxid, { file, name: '报告 2026.pdf' })
    await nth(all, 4)
    const [, image, sound, paper] = all.told('AddMsg').map(({ Data }) => Data)
    expect([image?.MsgType, sound?.MsgType, paper?.MsgType]).toEqual([3, 34, 49])
    const { appId } = device
    expect(await download(all, 'downloadImage', { appId, xml: image?.Content.string, type: 2 })).toEqual(
      picture,
    )
    expect(await download(all, 'downloadVoice', { appId, xml: sound?.Content.string, msgId: 1 })).toEqual(
      voice,
    )
    expect(await download(all, 'downloadFile', { appId, xml: paper?.Content.string })).toEqual(file)
    expect(sound?.Content.string).toContain('voicelength="2300"')
    expect(sound?.PushContent).toContain('听得见')
    expect(paper?.Content.string).toContain('<title>报告 2026.pdf</title>')
  })

  test('media that lie open on the CDN are sealed on their way in', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    alice.write(device.wxid, { image: picture }, { plain: true })
    const { Content } = await nth(all, 2)
    const asked = { appId: device.appId, xml: Content.string }
    expect(await download(all, 'downloadImage', asked)).toEqual(picture)
  })

  test('a received video can be forwarded to another person', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bob = all.rig.phone('o9cqBob@im.wechat')
    await all.hear(bob, device)
    alice.write(device.wxid, { video, thumb: picture })
    await until(() => all.told('AddMsg').some(({ Data }) => Data.MsgType === 43))
    const xml = all.told('AddMsg').find(({ Data }) => Data.MsgType === 43)?.Data.Content.string
    const sent = await all.gateway.post('/message/forwardVideo', {
      appId: device.appId,
      toWxid: bob.userId,
      xml,
    })
    expect(sent).toMatchObject({ ret: 200 })
    expect(bob.screen.at(-1)).toMatchObject({ kind: 'video', length: video.length })
    expect(all.rig.violations).toEqual([])
  })

  test('a quote names the message it refers to', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const { data } = await all.gateway.post<{ newMsgId: number }>('/message/postText', {
      appId: device.appId,
      toWxid: alice.userId,
      content: '哪一个？',
    })
    const messageId = alice.screen.at(-1)?.messageId ?? ''
    alice.write(device.wxid, { text: '这个', quote: { messageId } })
    const { MsgType, Content } = await nth(all, 2)
    expect(MsgType).toBe(49)
    expect(Content.string).toContain('<title>这个</title>')
    expect(Content.string).toContain(`<svrid>${data.newMsgId}</svrid>`)
    expect(Content.string).toContain('<content>哪一个？</content>')
  })

  test('an item of an unknown kind is told as a notice, not lost', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    alice.write(device.wxid, { item: { type: 77, future_item: { a: 1 } } })
    expect((await nth(all, 2)).MsgType).toBe(10_000)
  })

  test('what was written while the gateway was down is told after the start', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const { gateway } = all
    const down = gateway.restart
    alice.write(device.wxid, { text: 'before' })
    await down()
    alice.write(device.wxid, { text: 'during' })
    await gateway.restart()
    alice.write(device.wxid, { text: 'after' })
    await nth(all, 4)
    expect(all.told('AddMsg').map(({ Data }) => Data.Content.string)).toEqual([
      '你好',
      'before',
      'during',
      'after',
    ])
  })

  test('failing polls are repeated until one succeeds, and nothing is lost', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('getupdates', { status: 524 }, { ret: -1, errmsg: 'busy' })
    alice.write(device.wxid, { text: 'through' })
    await until(() => all.told('AddMsg').some(({ Data }) => Data.Content.string === 'through'))
  }, 60_000)

  test('only one poll waits per device', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    for (let count = 0; count < 5; count += 1) {
      await all.hear(alice, device, `${count}`)
      expect(all.rig.polling(device.wxid)).toBeLessThanOrEqual(1)
    }
  })
})
