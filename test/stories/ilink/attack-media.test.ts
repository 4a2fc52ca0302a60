import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { serve } from '../../rigs/origin.ts'
import { picture } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

type Data = Record<string, unknown> & { code: string; fileUrl: string; fileId: string; aesKey: string }

const page = '<!doctype html><script>alert(document.domain)</script>'
const svg =
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'
/** A GIF that is a script, too. */
const polyglot = Buffer.concat([Buffer.from('GIF89a/*'), Buffer.alloc(64), Buffer.from('*/=1;alert(1)')])

/** What a browser that opens the link is told to do with it. */
async function opened(url: string) {
  const response = await fetch(url)
  const { headers } = response
  return {
    status: response.status,
    type: headers.get('content-type') ?? '',
    disposition: headers.get('content-disposition') ?? '',
    sniff: headers.get('x-content-type-options'),
    policy: headers.get('content-security-policy') ?? '',
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

/** It must not run on our origin, however it is called. */
function expectHarmless({ type, sniff, policy }: Awaited<ReturnType<typeof opened>>): void {
  expect(type).not.toMatch(/html|svg|xml|script/)
  expect(sniff).toBe('nosniff')
  expect(policy).toMatch(/sandbox/)
  expect(policy).toMatch(/default-src 'none'/)
  expect(policy).not.toMatch(/allow-scripts|allow-same-origin/)
}

ilinkStories('a picture that is none', (world) => {
  const bomb = () =>
    sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: '#000' } })
      .png({ compressionLevel: 9 })
      .toBuffer()

  test.each<[string, () => Promise<Buffer | string>, string]>([
    ['an SVG', async () => svg, 'image/svg+xml'],
    ['a page', async () => page, 'image/jpeg'],
    ['a script that begins as a GIF', async () => polyglot, 'image/gif'],
    ['one of 144 megapixels in a few bytes', bomb, 'image/png'],
    ['one cut short', async () => picture.subarray(0, picture.length / 2), 'image/jpeg'],
    ['one packed', async () => gzipSync(picture), 'image/jpeg'],
    ['one header', async () => picture.subarray(0, 20), 'image/jpeg'],
  ])('is refused as such, and nothing leaves: %s', async (_, bytes, type) => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/a.jpg', serve(Buffer.from(await bytes()), { type }))
    const body = { appId: device.appId, toWxid: alice.userId, imgUrl: `${all.origin.url}/a.jpg` }
    const { ret, data } = await all.gateway.post<Data>('/message/postImage', body)
    expect([ret, data.code]).toEqual([500, 'image_invalid'])
    expect(all.rig.requests.some(({ endpoint }) => endpoint === 'getuploadurl')).toBe(false)
  })

  test('of 0 bytes is refused, as a file of 0 bytes is', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/a', serve(''))
    const to = { appId: device.appId, toWxid: alice.userId }
    const url = `${all.origin.url}/a`
    const one = await all.gateway.post<Data>('/message/postImage', { ...to, imgUrl: url })
    const two = await all.gateway.post<Data>('/message/postFile', { ...to, fileUrl: url, fileName: 'a' })
    expect([one.data.code, two.data.code]).toEqual(['fetch_empty', 'fetch_empty'])
  })
})

ilinkStories('a file that wants to run', (world) => {
  /** Sends a file and opens the link to it. */
  async function sent(all: IlinkWorld, bytes: Buffer | string, fileName: string) {
    const { device, alice } = await all.ready()
    all.origin.route('/file', serve(bytes, { type: 'text/html' }))
    const to = { appId: device.appId, toWxid: alice.userId }
    const fileUrl = `${all.origin.url}/file`
    const { ret } = await all.gateway.post<Data>('/message/postFile', { ...to, fileUrl, fileName })
    expect(ret).toBe(200)
    // The files that come back are the only ones that links are made for.
    alice.write(device.wxid, { file: Buffer.from(bytes), name: fileName })
    await until(() => all.told('AddMsg').length === 2)
    const xml = all.told('AddMsg')[1]?.Data.Content.string
    const link = await all.gateway.post<Data>('/message/downloadFile', { appId: device.appId, xml })
    expect(link.ret).toBe(200)
    return {
      file: await opened(link.data.fileUrl),
      name: alice.screen[0]?.name ?? '',
      link: link.data.fileUrl,
    }
  }

  test.each<[string, Buffer | string, string]>([
    ['a page', page, 'page.html'],
    ['a page called a picture', page, 'page.jpg'],
    ['an SVG', svg, 'a.svg'],
    ['a script that begins as a GIF', polyglot, 'a.js'],
    ['XML with a style sheet', '<?xml version="1.0"?><?xml-stylesheet href="x"?><html/>', 'a.xhtml'],
  ])('is saved and not shown: %s', async (_, bytes, name) => {
    const all = await world()
    const { file } = await sent(all, bytes, name)
    expectHarmless(file)
    expect(file.status).toBe(200)
    expect(file.disposition).toMatch(/^attachment; filename\*=UTF-8''/)
    expect(file.bytes).toEqual(Buffer.from(bytes))
  })

  test.each<[string, string]>([
    ['folders', '../../../etc/passwd'],
    ['folders of Windows', 'C:\\Windows\\..\\evil.exe'],
    ['line breaks', 'a\r\nSet-Cookie: a=b\r\n\r\n.txt'],
    ['quotes', `a"; filename="evil.html`],
    ['percent signs', `%22%0d%0a'*().txt`],
    ['a turned direction', 'invoice\u202efdp.exe'],
    ['other turns of direction', 'a\u061c\u2067\u200fb.txt'],
    ['half a character', 'a\ud800.txt'],
    ['nothing but dots', '....'],
    ['1024 odd characters', '💥"\\/\u202e\r\n'.repeat(128).slice(0, 1024)],
    ['lines of other kinds', 'a\u2028b\u2029c\u0085d.txt'],
  ])('keeps a harmless name: one of %s', async (_, fileName) => {
    const all = await world()
    const { file, name } = await sent(all, 'words', fileName)
    expect(file.disposition).toMatch(/^attachment; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/)
    for (const shown of [name, decodeURIComponent(file.disposition.split("''")[1] ?? '')]) {
      expect(shown).not.toMatch(/[/\\\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u)
      expect(shown).not.toMatch(/^\.*$/)
      expect([...shown].length).toBeLessThanOrEqual(255)
    }
  })

  test.each([
    ['image', '/message/downloadImage'],
    ['voice', '/message/downloadVoice'],
    ['video', '/message/downloadVideo'],
  ])('does not run when it comes as a received %s', async (kind, path) => {
    const all = await world()
    const { device, alice } = await all.ready()
    const bytes = Buffer.from(page)
    if (kind === 'image') alice.write(device.wxid, { image: bytes })
    if (kind === 'voice') alice.write(device.wxid, { voice: bytes })
    if (kind === 'video') alice.write(device.wxid, { video: bytes })
    await until(() => all.told('AddMsg').length === 2)
    const xml = all.told('AddMsg')[1]?.Data.Content.string
    const { ret, data } = await all.gateway.post<Data>(path, { appId: device.appId, xml })
    expect(ret).toBe(200)
    const file = await opened(data.fileUrl)
    expectHarmless(file)
    expect(file.type).toBe('application/octet-stream')
    expect(file.bytes).toEqual(bytes)
  })
})

ilinkStories('a CDN that never has enough', (world) => {
  test('a received picture larger than any file may be is refused before it is read, or cut off', async () => {
    const all = await world({ HONGYAN_MAX_FILE_BYTES: String(1024 ** 2) })
    const { device, alice } = await all.ready()
    let written = 0
    const endless = (chunked: boolean) => (_: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(200, chunked ? {} : { 'content-length': 1024 ** 3 })
      const piece = Buffer.alloc(64 * 1024)
      const more = () => {
        while (!response.destroyed && written < 1024 ** 3) {
          written += piece.length
          if (!response.write(piece)) return response.once('drain', more)
        }
        return undefined
      }
      more()
    }
    all.origin.route('/huge', endless(false))
    all.origin.route('/endless', endless(true))
    const aeskey = '0'.repeat(32)
    for (const [index, path] of ['/huge', '/endless'].entries()) {
      const media = { full_url: `${all.origin.url}${path}` }
      alice.write(device.wxid, { item: { type: 2, image_item: { aeskey, media } } })
      await until(() => all.told('AddMsg').length === 2 + index)
      const xml = all.told('AddMsg')[1 + index]?.Data.Content.string
      const reply = await all.gateway.post<Data>('/message/downloadImage', { appId: device.appId, xml })
      expect(reply.data.code).toBe('fetch_too_large')
    }
    await until(() => all.origin.open === 0)
    expect(written).toBeLessThan(64 * 1024 ** 2)
  })

  test('what does not open with its key is told as such, and nothing of it stays', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.origin.route('/odd', serve(Buffer.alloc(1001, 7)))
    const media = { full_url: `${all.origin.url}/odd` }
    alice.write(device.wxid, { item: { type: 2, image_item: { aeskey: '0'.repeat(32), media } } })
    await until(() => all.told('AddMsg').length === 2)
    const xml = all.told('AddMsg')[1]?.Data.Content.string
    const reply = await all.gateway.post<Data>('/message/downloadImage', { appId: device.appId, xml })
    expect(reply.data.code).toBe('fetch_interrupted')
  })
})
