import { createHash } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { stockOf } from '../rigs/stock.ts'
import { upload } from '../rigs/upload.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

const digest = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest('hex')

const bytesAt = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())

// The door is closed for loopback, where the gateway itself is: what arrives was not fetched.
const closed = { HONGYAN_FETCH_ALLOW: '' }

stories('an uploaded file', (world) => {
  test.each(['video/mp4', 'application/json', 'multipart/form-data; boundary=x', 'nonsense'])(
    'called %s is kept as it came, and its link opens it',
    async (type) => {
      const { gateway } = await world(closed)
      const { ret, data } = await upload(gateway, video, { type })
      expect({ ret, ...data }).toMatchObject({ ret: 200, length: video.length, md5: digest('md5', video) })
      expect(await bytesAt(data.fileUrl)).toEqual(video)
    },
  )

  test('sent as a video arrives whole, and its bytes rest once', async () => {
    const { gateway, request } = await world(closed)
    const { data } = await upload(gateway, video)
    expect(await stockOf(gateway)).toEqual({ kept: 1, staged: 0 })
    const sent = await gateway.post<Sent>(
      '/message/postVideo',
      request({ videoUrl: data.fileUrl, thumbUrl: '' }),
    )
    expect(sent).toMatchObject({ ret: 200, data: { length: video.length } })
    // The video and the thumbnail that was made of it.
    expect(await stockOf(gateway)).toEqual({ kept: 2, staged: 0 })
    const link = await gateway.post<{ fileUrl: string }>('/message/downloadVideo', {
      appId: request().appId,
      xml: xmlOf(sent.data),
    })
    expect(digest('sha256', await bytesAt(link.data.fileUrl))).toBe(digest('sha256', video))
  })

  test('has a path for a link below /v2/api, and sends take it so', async () => {
    const { gateway, request } = await world(closed)
    const { data } = await upload(gateway, video, { prefix: '/v2/api' })
    expect(data.fileUrl).toMatch(/^\/download\//)
    const sent = await gateway.post('/message/postVideo', request({ videoUrl: data.fileUrl, thumbUrl: '' }))
    expect(sent.ret).toBe(200)
  })

  test.each([
    ['https://elsewhere.example', ''],
    ['http://169.254.169.254/base', '?x=1#y'],
  ])('is recognised by its signature below %s%s', async (base, tail) => {
    const { gateway, request } = await world(closed)
    const { data } = await upload(gateway, video)
    const videoUrl = `${base}${new URL(data.fileUrl).pathname}${tail}`
    expect((await gateway.post('/message/postVideo', request({ videoUrl, thumbUrl: '' }))).ret).toBe(200)
  })

  test('whose link was altered is a link like any other', async () => {
    const { gateway, request } = await world(closed)
    const { data } = await upload(gateway, video)
    const altered = data.fileUrl.replace(/mp4$/, 'mp3')
    const codeOf = async (videoUrl: string) =>
      (await gateway.post('/message/postVideo', request({ videoUrl, thumbUrl: '' }))).data.code
    expect(await codeOf(altered)).toBe('url_forbidden')
    expect(await codeOf(new URL(altered).pathname)).toBe('url_invalid')
  })

  test('serves as a thumbnail', async () => {
    const { gateway, request } = await world(closed)
    const [clip, thumb] = [await upload(gateway, video), await upload(gateway, picture, { name: 'a.jpg' })]
    const { ret } = await gateway.post(
      '/message/postVideo',
      request({ videoUrl: clip.data.fileUrl, thumbUrl: thumb.data.fileUrl }),
    )
    expect(ret).toBe(200)
    expect(await stockOf(gateway)).toEqual({ kept: 3, staged: 0 })
  })

  test('is sent as a picture, and its bytes rest once', async () => {
    const { gateway, sender, friend } = await world(closed)
    const { data } = await upload(gateway, picture, { name: 'a.jpg' })
    const sent = await gateway.post('/message/postImage', {
      appId: sender.appId,
      toWxid: friend.wxid,
      imgUrl: data.fileUrl,
    })
    expect(sent).toMatchObject({ ret: 200, data: { md5: digest('md5', picture), length: picture.length } })
    expect(await stockOf(gateway)).toEqual({ kept: 2, staged: 0 })
  })

  test('is sent as a file, and its bytes rest once', async () => {
    const { gateway, sender, friend } = await world(closed)
    const { data } = await upload(gateway, Buffer.from('一封信'), { name: '信.txt' })
    const body = { appId: sender.appId, toWxid: friend.wxid, fileUrl: data.fileUrl, fileName: '信.txt' }
    expect((await gateway.post('/message/postFile', body)).ret).toBe(200)
    expect(await stockOf(gateway)).toEqual({ kept: 1, staged: 0 })
  })

  test('that is a video can be sent as a file all the same', async () => {
    const { gateway, sender, friend } = await world(closed)
    const { data } = await upload(gateway, video)
    const body = { appId: sender.appId, toWxid: friend.wxid, fileUrl: data.fileUrl, fileName: 'a.mp4' }
    expect((await gateway.post('/message/postFile', body)).ret).toBe(200)
    expect(await stockOf(gateway)).toEqual({ kept: 2, staged: 0 })
  })

  test('that the token has already is not kept twice', async () => {
    const { gateway, request } = await world()
    await gateway.post('/message/postVideo', request())
    const before = await stockOf(gateway)
    const again = [await upload(gateway, video), await upload(gateway, video)]
    expect(again.map(({ ret }) => ret)).toEqual([200, 200])
    expect(await stockOf(gateway)).toEqual(before)
  })

  test('needs a token and a name', async () => {
    const { gateway } = await world()
    expect((await upload(gateway, video, { as: 'nobody' })).data.code).toBe('token_invalid')
    const nameless = await upload(gateway, video, { name: '' })
    expect(nameless).toMatchObject({ msg: '上传文件失败', data: { code: 'request_invalid' } })
    expect(await stockOf(gateway)).toEqual({ kept: 0, staged: 0 })
  })

  test('is refused when it is empty', async () => {
    const { gateway } = await world()
    expect(await upload(gateway, Buffer.alloc(0))).toMatchObject({
      ret: 500,
      msg: '上传文件失败',
      data: { code: 'body_invalid' },
    })
    expect(await stockOf(gateway)).toEqual({ kept: 0, staged: 0 })
  })

  const small = { HONGYAN_MAX_VIDEO_BYTES: '100000', HONGYAN_MAX_FILE_BYTES: '200000' }
  const tooLarge = {
    ret: 500,
    msg: '上传文件失败',
    data: { code: 'body_too_large', msg: expect.stringContaining(' 200000 字节') },
  }

  test('that promises more than the limit is refused, and the limit is named', async () => {
    const { gateway } = await world(small)
    expect(await upload(gateway, variant('a', 200_000))).toMatchObject(tooLarge)
    expect((await upload(gateway, variant('b', 150_000))).ret).toBe(200)
  })

  test('that turns out to be more than the limit is refused, and nothing of it stays', async () => {
    const { gateway } = await world(small)
    let pieces = 0
    const body = new ReadableStream({
      pull: (controller) => {
        pieces += 1
        if (pieces > 100) controller.close()
        else controller.enqueue(new Uint8Array(20_000))
      },
    })
    expect(await upload(gateway, body)).toMatchObject(tooLarge)
    expect(await stockOf(gateway)).toEqual({ kept: 0, staged: 0 })
  })

  test('that cannot be stored is refused, and the next one is taken', async () => {
    const { gateway } = await world()
    const staging = join(gateway.dataDir, 'blobs', 'staging')
    await rename(staging, `${staging}-away`)
    expect(await upload(gateway, video)).toMatchObject({
      msg: '上传文件失败',
      data: { code: 'storage_failed' },
    })
    await rename(`${staging}-away`, staging)
    expect((await upload(gateway, video)).ret).toBe(200)
    expect(await stockOf(gateway)).toEqual({ kept: 1, staged: 0 })
  })

  test('that breaks off in the middle leaves nothing', async () => {
    const { gateway } = await world()
    const { hostname, port } = new URL(gateway.baseUrl)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /tools/uploadFile?name=a HTTP/1.1\r\nHost: x\r\nX-GEWE-TOKEN: ${token}\r\nContent-Length: 90000\r\n\r\n`,
    )
    socket.write(video)
    await until(async () => (await stockOf(gateway)).staged === 1)
    socket.destroy()
    await until(async () => (await stockOf(gateway)).staged === 0)
    expect(await stockOf(gateway)).toEqual({ kept: 0, staged: 0 })
    expect((await upload(gateway, video)).ret).toBe(200)
  })
})
