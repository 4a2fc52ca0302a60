import { expect, test } from 'vitest'
import { followLive } from '../rigs/live.ts'
import { status } from '../rigs/origin.ts'
import { upload } from '../rigs/upload.ts'
import { variant, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

const key = (name: string) => ({ headers: { 'idempotency-key': name } })

stories('the progress of a send', (world) => {
  test('is told stage by stage, with the bytes of each', async () => {
    const { gateway, request, sender, friend } = await world()
    const live = await followLive(gateway)
    expect((await gateway.post('/message/postVideo', request(), key('a'))).ret).toBe(200)
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'seal', 'send', 'sent'])
    const about = { key: 'a', appId: sender.appId, toWxid: friend.wxid }
    for (const hint of live.sends) expect(hint).toMatchObject(about)
    const whole = { done: video.length, total: video.length }
    expect(live.sends.find(({ stage }) => stage === 'seal')).toMatchObject(whole)
    expect(live.sends.at(-1)).toMatchObject({ stage: 'sent', ...whole })
    await live.close()
  })

  test('is told while the bytes come, as they have come', async () => {
    const { gateway, origin, request } = await world()
    const bytes = variant('slow', 200_000)
    const half = bytes.subarray(0, 120_000)
    let finish = () => {}
    origin.route('/video.mp4', (_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length })
      response.write(half)
      finish = () => response.end(bytes.subarray(half.length))
    })
    const live = await followLive(gateway)
    const sending = gateway.post('/message/postVideo', request(), key('a'))
    await until(() => live.sends.some(({ done }) => done === half.length))
    expect(live.sends.find(({ done }) => done === half.length)).toMatchObject({
      stage: 'fetch',
      total: bytes.length,
    })
    finish()
    expect((await sending).ret).toBe(200)
    await live.close()
  })

  test.each([
    ['postImage', 'imgUrl', '/thumb.jpg'],
    ['postFile', 'fileUrl', '/video.mp4'],
  ])('of %s is told too', async (name, field, path) => {
    const { gateway, origin, sender, friend } = await world()
    const live = await followLive(gateway)
    const body = { appId: sender.appId, toWxid: friend.wxid, fileName: 'a', [field]: origin.url + path }
    expect((await gateway.post(`/message/${name}`, body, key('a'))).ret).toBe(200)
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'seal', 'send', 'sent'])
    await live.close()
  })

  test('of an uploaded video begins with all its bytes here', async () => {
    const { gateway, request } = await world()
    const { data } = await upload(gateway, video)
    const live = await followLive(gateway)
    await gateway.post('/message/postVideo', request({ videoUrl: data.fileUrl }), key('a'))
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'seal', 'send', 'sent'])
    expect(live.sends.at(-1)).toMatchObject({ done: video.length, total: video.length })
    await live.close()
  })

  test('of a failed send ends with the failure', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', status(404))
    const live = await followLive(gateway)
    await gateway.post('/message/postVideo', request(), key('a'))
    await live.ended('a')
    expect(live.stages('a')).toEqual(['fetch', 'failed'])
    await live.close()
  })

  test('is told once for calls that wait for the same answer, and never without a key', async () => {
    const { gateway, request, sender, friend } = await world()
    const live = await followLive(gateway)
    const text = { appId: sender.appId, toWxid: friend.wxid, content: '你好' }
    await gateway.post('/message/postText', text)
    await Promise.all([1, 2].map(() => gateway.post('/message/postVideo', request(), key('a'))))
    await gateway.post('/message/postText', text, key('end'))
    await live.ended('end')
    const later = live.sends.filter(({ stage }) => stage !== 'fetch')
    expect(later.map(({ key, stage }) => `${key} ${stage}`)).toEqual([
      'a seal',
      'a send',
      'a sent',
      'end send',
      'end sent',
    ])
    await live.close()
  })
})
