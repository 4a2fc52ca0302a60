import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { oneShot, serve, stall } from '../rigs/origin.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

interface Sent {
  newMsgId: number
  aesKey: string
  fileId: string
}

const blobsIn = async (dataDir: string) =>
  (await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )

stories('what was sent before', (world) => {
  test('one send asks each URL once, by GET and without Range, and links that work once are enough', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', oneShot(serve(video)))
    origin.route('/thumb.jpg', oneShot(serve(picture)))
    expect((await gateway.post('/message/postVideo', request())).ret).toBe(200)
    expect(origin.hits.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /thumb.jpg',
      'GET /video.mp4',
    ])
    expect(origin.hits.every(({ headers }) => headers.range === undefined)).toBe(true)
  })

  test('a URL seen before is asked whether it changed, and what has not changed is not fetched again', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', serve(video, { etag: '"v1"' }))
    origin.route('/thumb.jpg', serve(picture, { lastModified: 'Tue, 24 Nov 2026 00:00:00 GMT' }))
    const first = await gateway.post<Sent>('/message/postVideo', request())
    const second = await gateway.post<Sent>('/message/postVideo', request())
    expect(second.data.fileId).toBe(first.data.fileId)
    expect(second.data.newMsgId).not.toBe(first.data.newMsgId)
    expect(origin.hitsOf('/video.mp4').map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
    ])
    expect(origin.hitsOf('/thumb.jpg')[1]?.headers['if-modified-since']).toBe('Tue, 24 Nov 2026 00:00:00 GMT')
  })

  test('a URL whose content changed brings the new content', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/video.mp4', serve(video, { etag: '"v1"' }))
    const first = await gateway.post<Sent>('/message/postVideo', request())
    origin.route('/video.mp4', serve(variant('new'), { etag: '"v2"' }))
    const second = await gateway.post<Sent>('/message/postVideo', request())
    expect(second.data.fileId).not.toBe(first.data.fileId)
    expect(second.data).toMatchObject({ length: variant('new').length })
  })

  test('equal bytes from different URLs are kept once', async () => {
    const { gateway, origin, request } = await world()
    origin.route('/copy.mp4', serve(video))
    const first = await gateway.post<Sent>('/message/postVideo', request())
    const second = await gateway.post<Sent>(
      '/message/postVideo',
      request({ videoUrl: `${origin.url}/copy.mp4` }),
    )
    expect(second.data.fileId).toBe(first.data.fileId)
    expect(await blobsIn(gateway.dataDir)).toHaveLength(2)
  })

  test('many sends of one URL at once share one fetch', async () => {
    const { gateway, origin, request } = await world()
    const waiting: (() => void)[] = []
    origin.route('/video.mp4', (incoming, response) => waiting.push(() => serve(video)(incoming, response)))
    const sends = Array.from({ length: 20 }, () => gateway.post<Sent>('/message/postVideo', request()))
    const [answer] = await until(() => waiting.length > 0 && waiting)
    // The thumbnail is fetched beside the video, so once it is there all sends that will join have had time to.
    await until(() => origin.hitsOf('/thumb.jpg').length > 0)
    answer?.()
    const replies = await Promise.all(sends)
    expect(new Set(replies.map(({ data }) => data.newMsgId)).size).toBe(20)
    expect(new Set(replies.map(({ data }) => data.fileId)).size).toBe(1)
    expect(origin.hitsOf('/video.mp4').length).toBe(1)
  })

  test('the same video with another thumbnail is other media with the same sealed video', async () => {
    const { gateway, origin, request } = await world({ HONGYAN_FFMPEG: 'off' })
    const first = await gateway.post<Sent>('/message/postVideo', request())
    const second = await gateway.post<Sent>('/message/postVideo', request({ thumbUrl: '' }))
    expect(second.data.fileId).not.toBe(first.data.fileId)
    expect(second.data.aesKey).toBe(first.data.aesKey)
    expect(await blobsIn(gateway.dataDir)).toHaveLength(3)
    expect(origin.hitsOf('/thumb.jpg')).toHaveLength(1)
  })

  test('a caller that hangs up sends nothing, and its retry finds the media there', async () => {
    const { gateway, origin, receiver, request } = await world()
    await gateway.post('/tools/setCallback', { token: 'x', callbackUrl: receiver.url })
    let answer: (() => void) | undefined
    origin.route('/video.mp4', (incoming, response) => {
      answer = () => serve(video, { etag: '"v1"' })(incoming, response)
    })
    const abort = new AbortController()
    const hung = gateway
      .post('/message/postVideo', request(), { signal: abort.signal })
      .catch((error: Error) => error.name)
    const release = await until(() => answer)
    abort.abort()
    expect(await hung).toBe('AbortError')
    release()
    await until(async () => (await blobsIn(gateway.dataDir)).length === 2)
    origin.route('/video.mp4', serve(video, { etag: '"v1"' }))
    // A retry that comes while the hung call still lets go of the fetch joins it, and asks the origin nothing.
    const sent: number[] = []
    const retry = await until(async () => {
      const reply = await gateway.post<Sent>('/message/postVideo', request())
      sent.push(reply.data.newMsgId)
      return origin.hitsOf('/video.mp4').at(-1)?.headers['if-none-match'] === '"v1"' && reply
    })
    expect(retry.ret).toBe(200)
    const told = () => receiver.events.map(({ body }) => (body.Data as { NewMsgId: number }).NewMsgId)
    await until(() => told().includes(sent.at(-1) ?? 0))
    expect([...new Set(told())]).toEqual(sent)
  })

  test('an origin that stalls holds up its own send and no other', async () => {
    const { gateway, origin, request } = await world({ HONGYAN_FETCH_IDLE_TIMEOUT_MS: '60000' })
    origin.route('/stall.mp4', stall(video))
    const abort = new AbortController()
    const stalled = Array.from({ length: 30 }, (_, index) =>
      gateway
        .post('/message/postVideo', request({ videoUrl: `${origin.url}/stall.mp4?${index}` }), {
          signal: abort.signal,
        })
        .catch(() => undefined),
    )
    await until(() => origin.hits.filter(({ path }) => path.startsWith('/stall')).length === 30)
    for (let count = 0; count < 5; count += 1) {
      origin.route(`/${count}.mp4`, serve(variant(`${count}`, 3_000_000)))
      const { ret } = await gateway.post(
        '/message/postVideo',
        request({ videoUrl: `${origin.url}/${count}.mp4` }),
      )
      expect(ret).toBe(200)
    }
    abort.abort()
    origin.cut()
    await Promise.all(stalled)
  })
})
