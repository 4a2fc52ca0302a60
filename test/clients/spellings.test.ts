import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDevice } from '../rigs/gateway.ts'
import { until } from '../rigs/world.ts'
import { astrbot, startAstrbot } from './astrbot.ts'
import type { Client, Script, Site } from './client.ts'
import { javaDemo, startJavaDemo } from './java-demo.ts'
import { type OpenGewe, openGewe, startOpenGewe } from './opengewe.ts'
import { idAt, textAt } from './reading.ts'
import { type Stage, startStage } from './stage.ts'

describe('the spellings of OpenGewe (contract 2.11)', () => {
  let stage: Stage
  let library: OpenGewe
  let device: TestDevice
  let mediaUrl: string

  beforeAll(async () => {
    stage = await startStage({
      ...openGewe,
      async start(site) {
        mediaUrl = site.mediaUrl
        library = await startOpenGewe(site)
        return library
      },
    })
    device = await library.login()
    await library.setCallback()
  })
  afterAll(() => stage.close())

  const post = (name: string, body: object) =>
    library.call(`/message/${name}`, { appId: device.appId, toWxid: stage.friend.wxid, ...body })

  test('imageUrl is taken for imgUrl', async () => {
    expect(await post('postImage', { imageUrl: `${mediaUrl}/thumb.jpg` })).toMatchObject({ ret: 200 })
    expect(await until(() => stage.atFriend().find(({ kind }) => kind === 'image'))).toBeDefined()
  })

  test('msgid is taken for msgId, and alone is enough', async () => {
    // A text's is 0 in its reply, so only newMsgId names it.
    const sent = await post('postImage', { imageUrl: `${mediaUrl}/thumb.jpg` })
    expect(await post('revokeMsg', { msgid: idAt(sent, 'data', 'msgId') })).toMatchObject({ ret: 200 })
    const notice = await until(() => stage.atFriend().find(({ kind }) => kind === 'revoke'))
    expect(notice.content).toContain(`<newmsgid>${idAt(sent, 'data', 'newMsgId')}</newmsgid>`)
  })

  test('a video without its duration is refused, which the reply says, and nothing is sent', async () => {
    const body = { videoUrl: `${mediaUrl}/video.mp4`, thumbUrl: '' }
    const refused = await post('postVideo', body)
    expect(refused).toMatchObject({
      ret: 500,
      msg: '发送视频失败',
      data: { code: 'request_invalid', msg: expect.stringContaining('videoDuration'), sent: 'no' },
    })
    expect(await post('postVideo', { ...body, videoDuration: 0 })).toMatchObject({ ret: 200 })
    await until(() => stage.atFriend().some(({ kind }) => kind === 'video'))
    expect(stage.atFriend().filter(({ kind }) => kind === 'video')).toHaveLength(1)
  })

  test('a video without a thumbnail at all is refused by name too', async () => {
    const body = { videoUrl: `${mediaUrl}/video.mp4`, videoName: 'a.mp4', videoDuration: 1 }
    expect(await post('postVideo', body)).toMatchObject({
      ret: 500,
      data: { code: 'request_invalid', msg: expect.stringContaining('thumbUrl') },
    })
  })

  test('a fileId where the XML belongs is refused by name', async () => {
    for (const name of ['forwardVideo', 'forwardImage', 'forwardFile']) {
      expect(await post(name, { fileId: '30680201' })).toMatchObject({
        ret: 500,
        data: { code: 'request_invalid', msg: expect.stringContaining('xml') },
      })
    }
  })

  test.each([
    ['postVoice', { voiceUrl: 'http://127.0.0.1/a.silk', voiceTime: 1000 }],
    ['postLink', { title: 't', desc: 'd', url: 'http://127.0.0.1/', imageUrl: '' }],
    ['postNameCard', { nickName: 'n', cardWxid: 'wxid_a' }],
    ['postAppMsg', { appMsg: '<appmsg/>' }],
    ['forwardUrl', { urlId: '1' }],
    ['forwardMiniApp', { miniAppId: '1' }],
  ])('%s is not there, and says so as the free image did', async (name, body) => {
    expect(await post(name, body)).toMatchObject({ ret: 404 })
  })
})

describe('other programs', () => {
  const open: Stage[] = []
  afterAll(async () => {
    for (const stage of open) await stage.close()
  })

  /** A stage, and the program on it with all that it can do. */
  async function stageOf<C extends Client>(script: Script, start: (site: Site) => Promise<C>) {
    const started: C[] = []
    const stage = await startStage({
      ...script,
      async start(site) {
        const program = await start(site)
        started.push(program)
        return program
      },
    })
    open.push(stage)
    const [program] = started
    if (!program) throw new Error('nothing was started')
    return { ...stage, program }
  }

  test('java-demo names the members of a chatroom wxid', async () => {
    const { program, friend, gateway } = await stageOf(javaDemo, startJavaDemo)
    const { appId } = await program.login()
    const wxid = [friend.wxid, (await gateway.device()).wxid]
    const room = await program.call('/group/createChatroom', { appId, wxid })
    expect(textAt(room, 'chatroomId')).toMatch(/^\d+@chatroom$/)
  })

  test('AstrBot forwards a group video once the sender is cut off, and a link as cover is refused in words', async () => {
    const { program, friend, gateway, write, heard, atFriend } = await stageOf(astrbot, (site) =>
      startAstrbot(site),
    )
    const device = await program.login()
    await program.setCallback()
    const { data: room } = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
      appId: friend.appId,
      wxids: [device.wxid, friend.wxid],
    })
    await write(room.chatroomId)
    const { content, from } = await heard('video')
    expect(from).toBe(room.chatroomId)
    expect(content.startsWith(`${friend.wxid}:\n`)).toBe(true)
    const forward = (xml: string) =>
      program.call('/message/forwardVideo', { appId: device.appId, toWxid: friend.wxid, xml })
    expect(await forward(content.replace(/^[^\n]*:\n/, ''))).toMatchObject({ ret: 200 })
    await until(() => atFriend().some(({ kind }) => kind === 'video'))
    // The adapter passes on whatever its plugin calls the cover, which often is a link.
    expect(await forward('http://127.0.0.1/cover.jpg')).toMatchObject({
      ret: 500,
      msg: '转发视频失败',
      data: { code: 'xml_invalid', msg: expect.stringMatching(/xml/i), sent: 'no' },
    })
  })
})
