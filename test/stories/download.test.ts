import { expect, test } from 'vitest'
import { video } from '../rigs/videos.ts'
import { stories, type World } from '../rigs/world.ts'

interface Sent {
  aesKey: string
  fileId: string
}

async function linkOf(
  { gateway, sender, request }: World,
  prefix = '',
  type: unknown = '4',
): Promise<string> {
  const { data } = await gateway.post<Sent>('/message/postVideo', request())
  const body = {
    appId: sender.appId,
    aesKey: data.aesKey,
    fileId: data.fileId,
    type,
    totalSize: `${video.length}`,
    suffix: 'mp4',
  }
  return (await gateway.post<{ fileUrl: string }>(`${prefix}/message/downloadCdn`, body)).data.fileUrl
}

const fetchRange = (link: string, range: string, headers: Record<string, string> = {}) =>
  fetch(link, { headers: { range, ...headers } })

stories('downloads', (world) => {
  test('a link is absolute under / and /gewe/v2/api and a path under /v2/api', async () => {
    const here = await world()
    expect(await linkOf(here)).toMatch(new RegExp(`^${here.gateway.baseUrl}/download/\\d{8}/`))
    expect(await linkOf(here, '/gewe/v2/api')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/download\//)
    expect(await linkOf(here, '/v2/api')).toMatch(/^\/download\//)
  })

  test('a link starts with the public URL where one is set', async () => {
    const here = await world({ HONGYAN_PUBLIC_URL: 'https://gateway.example.com/hy/' })
    expect(await linkOf(here)).toMatch(/^https:\/\/gateway\.example\.com\/hy\/download\//)
  })

  test('the whole comes with type, length and ETag, and is served as hostile', async () => {
    const response = await fetch(await linkOf(await world()))
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': `${video.length}`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    })
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(Buffer.from(await response.arrayBuffer()).equals(video)).toBe(true)
  })

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-1115', 100, 1116],
    ['bytes=17-', 17, video.length],
    ['bytes=-33', video.length - 33, video.length],
    [`bytes=0-${video.length * 2}`, 0, video.length],
    ['bytes=-999999999', 0, video.length],
  ])('%s answers exactly that part', async (range, start, end) => {
    const response = await fetchRange(await linkOf(await world()), range)
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${video.length}`)
    expect(response.headers.get('content-length')).toBe(`${end - start}`)
    expect(Buffer.from(await response.arrayBuffer()).equals(video.subarray(start, end))).toBe(true)
  })

  test('a range outside is 416 and says how long the file is', async () => {
    const response = await fetchRange(await linkOf(await world()), `bytes=${video.length}-`)
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe(`bytes */${video.length}`)
  })

  test.each(['bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-', 'bytes=a-b'])(
    'a range that means nothing here (%s) gets the whole',
    async (range) => {
      const response = await fetchRange(await linkOf(await world()), range)
      expect(response.status).toBe(200)
      expect((await response.arrayBuffer()).byteLength).toBe(video.length)
    },
  )

  test('If-Range gives the part while the file is the same, and the whole otherwise', async () => {
    const link = await linkOf(await world())
    const etag = (await fetch(link, { method: 'HEAD' })).headers.get('etag') ?? ''
    expect((await fetchRange(link, 'bytes=0-9', { 'if-range': etag })).status).toBe(206)
    expect((await fetchRange(link, 'bytes=0-9', { 'if-range': '"other"' })).status).toBe(200)
    expect((await fetch(link, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  test('HEAD says what GET would, without a body', async () => {
    const response = await fetch(await linkOf(await world()), { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe(`${video.length}`)
    expect((await response.arrayBuffer()).byteLength).toBe(0)
  })

  test('type "3" is the thumbnail, numbers are taken as text, and other types are refused', async () => {
    const here = await world()
    expect((await fetch(await linkOf(here, '', 3))).headers.get('content-type')).toBe('image/jpeg')
    const { data } = await here.gateway.post<Sent>('/message/postVideo', here.request())
    const body = { appId: here.sender.appId, aesKey: data.aesKey, fileId: data.fileId, type: '9' }
    expect(await here.gateway.post('/message/downloadCdn', body)).toMatchObject({
      ret: 500,
      data: { code: 'request_invalid' },
    })
  })

  test('the links that old clients join find the file on the second port', async () => {
    const here = await world({ HONGYAN_DOWNLOAD_PORT: '0' })
    const path = await linkOf(here, '/v2/api')
    const base = here.gateway.downloadUrl
    for (const joined of [
      `${base}/download/${path}`,
      `${base}/download/${path.replace(/^\//, '')}`,
      `${base}/download${path}`,
      `${base}//${path}`,
      `${base}/download?url=${encodeURIComponent(path)}`,
      `${base}/download?url=${base}${path}`,
      `${base}/download?url=${encodeURIComponent(`https://another.example/gewe${path}?from=old`)}`,
      `${base}${path}`,
    ]) {
      expect((await fetch(joined)).status).toBe(200)
    }
    expect((await fetch(`${base}/metrics`)).status).toBe(404)
  })

  test('links work after a restart, since they follow from the key', async () => {
    const here = await world()
    const path = await linkOf(here, '/v2/api')
    await here.gateway.restart()
    expect((await fetch(`${here.gateway.baseUrl}${path}`)).status).toBe(200)
  })
})
