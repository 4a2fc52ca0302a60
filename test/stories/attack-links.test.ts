import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { picture, startWorld, video, type World } from './refusal.ts'

let world: World
/** The paths of the signed links to one video and its thumbnail. */
let link = ''
let thumb = ''
beforeAll(async () => {
  world = await startWorld()
  const { data } = await world.postVideo()
  const of = async (type: string) => {
    const body = { appId: world.sender.appId, fileId: data.fileId, aesKey: data.aesKey, type }
    return String((await world.gateway.post('/v2/api/message/downloadCdn', body)).data.fileUrl)
  }
  ;[link, thumb] = [await of('4'), await of('3')]
})
afterAll(() => world.close())

const get = (path: string, init: RequestInit = {}) => fetch(`${world.gateway.baseUrl}${path}`, init)
const parts = () => {
  const [, day = '', claims = '', signature = '', extension = ''] =
    /^\/download\/(\d+)\/([^.]+)\.([^.]+)\.(.+)$/.exec(link) ?? []
  return { day, claims, signature, extension }
}
const build = (change: Partial<ReturnType<typeof parts>>) => {
  const { day, claims, signature, extension } = { ...parts(), ...change }
  return `/download/${day}/${claims}.${signature}.${extension}`
}

describe('a signed link', () => {
  test('opens the bytes to whoever holds it', async () => {
    expect(Buffer.from(await (await get(link)).arrayBuffer())).toEqual(video)
    expect(Buffer.from(await (await get(thumb)).arrayBuffer())).toEqual(picture)
  })

  test('opens nothing with any one character altered', async () => {
    const start = '/download/'.length
    for (let at = start; at < link.length; at += 1) {
      const altered = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1)
      expect((await get(altered)).status, altered).toBe(404)
    }
  })

  test('opens nothing cut short or drawn out', async () => {
    for (const altered of [link.slice(0, -1), link.slice(0, -4), `${link}x`, `${link}%00`, `${link}.mp4`])
      expect((await get(altered)).status, altered).toBe(404)
  })

  test('opens nothing under another extension, day, or the signature of another', async () => {
    const other = thumb.split('.')[1] ?? ''
    const changes = [
      { extension: 'html' },
      { extension: 'svg' },
      { extension: 'MP4' },
      { day: '20200101' },
      { signature: other },
      { signature: '' },
      { signature: 'A'.repeat(43) },
    ]
    for (const change of changes) expect((await get(build(change))).status, JSON.stringify(change)).toBe(404)
  })

  test('opens nothing with claims of one’s own', async () => {
    const claims = JSON.parse(Buffer.from(parts().claims, 'base64url').toString())
    const forged = [
      [claims[0], claims[1], claims[2] + 1],
      ['tok_other', claims[1], claims[2]],
      [claims[0], '../../secret.key', claims[2]],
      null,
      {},
      [[]],
    ]
    for (const each of forged) {
      const path = build({ claims: Buffer.from(JSON.stringify(each)).toString('base64url') })
      expect((await get(path)).status, JSON.stringify(each)).toBe(404)
    }
  })

  test('of one gateway opens nothing on another', async () => {
    const other = await startWorld()
    try {
      await other.postVideo()
      expect((await fetch(`${other.gateway.baseUrl}${link}`)).status).toBe(404)
    } finally {
      await other.close()
    }
  })

  test('says nothing of keys, tokens or folders', async () => {
    const claims = Buffer.from(parts().claims, 'base64url').toString()
    expect(claims).not.toMatch(/test-token|hongyan-test/)
    const { data } = await world.postVideo()
    expect(claims + link).not.toContain(String(data.aesKey))
  })
})

test.each([
  '/download',
  '/download/',
  '/download?url=',
  '/download?url=/etc/passwd',
  '/download?url=file:///etc/passwd',
  '/download?url=http://127.0.0.1/',
  '/download?url=a&url=b',
  '/download/../gateway.json',
  '/download/..%2f..%2fgateway.json',
  '/download/%2e%2e/secret.key',
  '/download/....//secret.key',
  '/download/20200101/%00.%00.mp4',
  `/download/20200101/${'A'.repeat(5000)}.x.mp4`,
])('%s leads nowhere', async (path) => {
  const response = await get(path)
  expect(response.status).toBe(404)
  expect(await response.text()).not.toMatch(/baseUrl|root:/)
})

test('every odd join of base and link that old clients make leads to the bytes', async () => {
  const joins = [`/download/${link}`, `/download${link}`, `/download?url=${encodeURIComponent(link)}`]
  for (const join of joins) expect((await get(join)).status, join).toBe(200)
})

test('no browser takes the bytes for a page', async () => {
  const { headers } = await get(link)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
  expect(headers.get('content-type')).toBe('video/mp4')
})

describe('a Range', () => {
  const size = video.length
  test.each<[string, number, number, number]>([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=0-', 206, 0, size],
    ['bytes=-1', 206, size - 1, size],
    [`bytes=-${size * 9}`, 206, 0, size],
    [`bytes=${size - 1}-999999999999999`, 206, size - 1, size],
    ['bytes=17-40', 206, 17, 41],
    [`bytes=${size}-`, 416, 0, 0],
    ['bytes=999999999999999-', 416, 0, 0],
    ['bytes=-0', 416, 0, 0],
    ['bytes=5-2', 200, 0, size],
    ['bytes=-', 200, 0, size],
    ['bytes=a-b', 200, 0, size],
    ['bytes=--1', 200, 0, size],
    ['bytes=1e2-', 200, 0, size],
    ['bytes=0x10-', 200, 0, size],
    [`bytes=${'9'.repeat(400)}-`, 200, 0, size],
    [`bytes=${Array.from({ length: 1500 }, () => '0-').join(',')}`, 200, 0, size],
    ['bits=0-1', 200, 0, size],
    ['', 200, 0, size],
  ])('of %s is answered %d', async (range, status, start, end) => {
    const response = await get(link, { headers: { range } })
    expect(response.status).toBe(status)
    const body = Buffer.from(await response.arrayBuffer())
    if (status !== 416) expect(body.equals(video.subarray(start, end))).toBe(true)
    else expect(response.headers.get('content-range')).toBe(`bytes */${size}`)
  })

  test('of another version is the whole', async () => {
    const headers = { range: 'bytes=0-0', 'if-range': '"other"' }
    expect((await get(link, { headers })).status).toBe(200)
  })

  test('outside the file is not kept by caches', async () => {
    const { headers } = await get(link, { headers: { range: `bytes=${size}-` } })
    expect(headers.get('cache-control') ?? '').not.toMatch(/max-age=[1-9]|immutable/)
  })

  test('that the caller leaves in the middle leaves the gateway well', async () => {
    for (let turn = 0; turn < 50; turn += 1) {
      const leave = new AbortController()
      const response = await get(link, { signal: leave.signal })
      leave.abort()
      await response.arrayBuffer().catch(() => undefined)
    }
    expect((await get(link)).status).toBe(200)
  })
})

test('a link is read, never written', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
    expect((await get(link, { method })).status, method).toBe(404)
})
