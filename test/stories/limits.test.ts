import { expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { serve, stall } from '../rigs/origin.ts'
import { upload } from '../rigs/upload.ts'
import { variant, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'

const other = 'other-token-0123456789abcdef'

interface Told {
  readonly ret: number
  readonly data: { readonly code?: string; readonly retryAfter?: number; readonly newMsgId?: number }
}

/** A call, with what its headers tell of coming back. */
async function call(baseUrl: string, path: string, body: unknown, as = token) {
  const response = await fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gewe-token': as },
    body: JSON.stringify(body),
  })
  const { status, headers } = response
  return { status, retryAfter: headers.get('retry-after'), ...((await response.json()) as Told) }
}

/** Each is told when to come back, in the header, in the body, and in words. */
function expectTold(refused: Awaited<ReturnType<typeof call>>[]) {
  for (const { status, ret, retryAfter, data } of refused) {
    expect({ status, ret }).toEqual({ status: 200, ret: 500 })
    expect(data).toMatchObject({ code: 'too_many_requests', sent: 'no', retryable: true })
    expect(data.retryAfter).toBeGreaterThan(0)
    expect(retryAfter).toBe(String(data.retryAfter))
    expect(data).toHaveProperty('msg', expect.stringContaining(`${data.retryAfter} 秒后再试`))
  }
}

stories('the limits of a token', (world) => {
  test('slow its requests down, refuse the many with when to come back, and touch nobody else', async () => {
    const { gateway, sender, friend } = await world({ HONGYAN_TOKEN_REQUEST_RATE: '10' })
    await gateway.restart({ HONGYAN_TOKEN: other })
    const body = { appId: sender.appId, toWxid: friend.wxid, content: 'hello' }
    const all = Promise.all(
      Array.from({ length: 80 }, () => call(gateway.baseUrl, '/message/postText', body)),
    )
    const theirs = await call(gateway.baseUrl, '/tools/getTokenId', {}, other)
    expect(theirs.ret).toBe(200)
    const device = await gateway.device(other)
    expect(device.wxid).toMatch(/^wxid_/)

    const answers = await all
    const sent = answers.filter(({ ret }) => ret === 200)
    const refused = answers.filter(({ ret }) => ret !== 200)
    // Ten at once, and what comes of two seconds' waiting.
    expect(sent.length).toBeGreaterThan(20)
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(sent.map(({ data }) => data.newMsgId)).size).toBe(sent.length)
    expectTold(refused)
  })

  test('refuse sends beyond those that bring bytes in, and take them once one has ended', async () => {
    const { gateway, origin, request } = await world({ HONGYAN_TOKEN_INTAKES: '2' })
    const stalled = ['/one', '/two'].map((path) => {
      origin.route(path, stall(video))
      const body = request({ videoUrl: origin.url + path })
      const done = gateway.post('/message/postVideo', body, { headers: { 'idempotency-key': path } })
      return { path, done }
    })
    await until(() => stalled.every(({ path }) => origin.hitsOf(path).length === 1))
    expectTold([
      await call(gateway.baseUrl, '/message/postVideo', request()),
      await call(gateway.baseUrl, '/message/postFile', {
        ...request(),
        fileUrl: `${origin.url}/video.mp4`,
        fileName: 'a.mp4',
      }),
    ])
    expect((await upload(gateway, video)).data.code).toBe('too_many_requests')
    expect(origin.hitsOf('/video.mp4')).toEqual([])
    // What moves no bytes goes on.
    const { appId, toWxid } = request() as { appId: string; toWxid: string }
    expect(await gateway.post('/message/postText', { appId, toWxid, content: 'x' })).toMatchObject({
      ret: 200,
    })

    for (const { path, done } of stalled) {
      await gateway.post('/message/cancelSend', { idempotencyKey: path })
      expect((await done).data).toMatchObject({ code: 'send_cancelled' })
    }
    await until(async () => (await gateway.post('/message/postVideo', request())).ret === 200)
  })

  test('refuse a file that would bring more bytes at once than allowed, before its first', async () => {
    const { gateway, origin, request } = await world({ HONGYAN_TOKEN_BYTES_IN_FLIGHT: '1MiB' })
    origin.route('/stalled.mp4', stall(video, 900 * 1024))
    origin.route('/next.mp4', serve(variant('next', 300 * 1024)))
    const abort = new AbortController()
    const body = request({ videoUrl: `${origin.url}/stalled.mp4` })
    const stalled = gateway.post('/message/postVideo', body, { signal: abort.signal }).catch(() => undefined)
    await until(() => origin.hitsOf('/stalled.mp4').length === 1)
    await until(async () => {
      const answer = await call(
        gateway.baseUrl,
        '/message/postVideo',
        request({ videoUrl: `${origin.url}/next.mp4` }),
      )
      if (answer.ret === 200) return false
      expectTold([answer])
      return true
    })
    expect(await gateway.post('/message/postVideo', request())).toMatchObject({ ret: 200 })
    abort.abort()
    await stalled
  })
})
