import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { readStreamed } from '../../src/http/streamed-body.ts'
import type { TestGateway } from '../rigs/gateway.ts'
import { token } from '../rigs/gateway.ts'
import { serve } from '../rigs/origin.ts'
import { stockOf } from '../rigs/stock.ts'
import { upload } from '../rigs/upload.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { stories, until } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'

/** Says this on a connection of its own. */
function talk({ baseUrl }: TestGateway, text: string): Socket {
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
  socket.resume()
  socket.on('error', () => {})
  socket.write(text)
  return socket
}
const head = (...lines: string[]) =>
  ['POST /tools/uploadFile?name=a HTTP/1.1', 'Host: x', `X-GEWE-TOKEN: ${token}`, ...lines, '', ''].join(
    '\r\n',
  )

const names = [
  '../../etc/passwd',
  'a/b\\c',
  '\0',
  'a\0.mp4',
  '\u202egpj.exe',
  '\u{1f600}'.repeat(400),
  '.',
  '..',
  'a\r\nSet-Cookie: x=1',
  '%00',
  '<img src=x onerror=alert(1)>.html',
]

stories('uploads under attack', (world) => {
  test('a video that is swept while it is sent by its link is said to be gone', async () => {
    const { gateway, origin, request } = await world()
    const { data } = await upload(gateway, video)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    origin.route(
      '/slow.jpg',
      (message, response) => void held.then(() => serve(picture, { type: 'image/jpeg' })(message, response)),
    )
    const sending = gateway.post(
      '/message/postVideo',
      request({ videoUrl: data.fileUrl, thumbUrl: `${origin.url}/slow.jpg` }),
    )
    await until(() => origin.hitsOf('/slow.jpg')[0])
    const database = await openDatabase(gateway.databaseUrl, join(gateway.dataDir, 'hongyan.db'))
    await database.sql.deleteFrom('blobs').execute()
    await database.close()
    release()
    expect(await sending).toMatchObject({
      ret: 500,
      data: { code: 'media_gone', sent: 'no', retryable: false },
    })
    expect((await stockOf(gateway)).staged).toBe(0)
  })

  test('lies about lengths leave nothing', async () => {
    const { gateway } = await world()
    const lies = [
      [head('Transfer-Encoding: chunked'), 'fffffffffffffffff\r\nx'],
      [head('Transfer-Encoding: chunked'), '5\r\nx\r\n\r\n'],
      [head('Transfer-Encoding: chunked'), '-1\r\nx\r\n'],
      [head('Transfer-Encoding: chunked', 'Content-Length: 5'), '5\r\nhello\r\n0\r\n\r\n'],
      [head('Transfer-Encoding: gzip, chunked'), '5\r\nhello\r\n'],
      [head('Content-Length: 5', 'Content-Length: 6'), 'hello!'],
      [head('Content-Length: -5'), 'hello'],
      [head('Content-Length: 99999999999999999999'), 'hello'],
      [head('Content-Length: 0x10'), 'hello'],
      [head('Transfer-Encoding: chunked'), `4000\r\n${'x'.repeat(0x4000)}\r\nzz\r\n`],
    ]
    for (const [start = '', rest = ''] of lies) {
      const socket = talk(gateway, start + rest)
      socket.end()
      if (!socket.closed) await once(socket, 'close')
    }
    await until(async () => (await stockOf(gateway)).staged === 0)
    expect((await upload(gateway, video)).ret).toBe(200)
  })

  test('the same bytes from many at once rest once for each token', async () => {
    const { gateway } = await world()
    const other = await withTokens(gateway, (tokens) => tokens.create('other'))
    const same = variant('same', 300_000)
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        upload(gateway, same, { as: index % 2 ? token : other, name: index % 3 ? 'a.mp4' : 'b.jpg' }),
      ),
    )
    expect(replies.filter(({ ret }) => ret !== 200)).toEqual([])
    expect(await stockOf(gateway)).toEqual({ kept: 2, staged: 0 })
    expect(new Set(replies.map(({ data }) => data.md5)).size).toBe(1)
  })

  test('a name is a name, whatever is in it, and what it names is never a page', async () => {
    const { gateway } = await world()
    const page = Buffer.from('<script>alert(1)</script>')
    for (const name of names) {
      const reply = await upload(gateway, page, { name })
      expect(reply.ret, name).toBe(200)
      const response = await fetch(reply.data.fileUrl)
      expect(response.status, name).toBe(200)
      expect(response.headers.get('content-type'), name).toBe('application/octet-stream')
      expect(response.headers.get('content-disposition'), name).toMatch(
        /^attachment; filename\*=UTF-8''[\w%.-]+$/,
      )
    }
  })

  test('own links of the wrong kind are refused as the files they are', async () => {
    const { gateway, request } = await world({ HONGYAN_FETCH_ALLOW: '' })
    const [clip, image] = [await upload(gateway, video), await upload(gateway, picture, { name: 'a.jpg' })]
    const codeOf = async (changes: object) =>
      (await gateway.post('/message/postVideo', request({ ...changes }))).data.code
    expect(await codeOf({ videoUrl: clip.data.fileUrl, thumbUrl: clip.data.fileUrl })).toMatch(
      /thumb_invalid|fetch_too_large/,
    )
    expect(await codeOf({ videoUrl: image.data.fileUrl, thumbUrl: '' })).toBe('video_invalid')
    const hidden = `https://other.example/get?u=${new URL(clip.data.fileUrl).pathname}`
    expect(await codeOf({ videoUrl: hidden, thumbUrl: '' })).toMatch(/^(url_|fetch_)/)
    expect((await stockOf(gateway)).staged).toBe(0)
  })

  test('a token that is revoked in the middle of its upload gets no link that opens', async () => {
    const { gateway } = await world()
    const other = await withTokens(gateway, (tokens) => tokens.create('other'))
    let enqueue: ((bytes: Uint8Array | undefined) => void) | undefined
    const body = new ReadableStream({
      start(controller) {
        enqueue = (bytes) => (bytes ? controller.enqueue(bytes) : controller.close())
        controller.enqueue(new Uint8Array(100_000))
      },
    })
    const sending = upload(gateway, body, { as: other, name: 'a.bin' })
    await until(async () => (await stockOf(gateway)).staged === 1)
    await withTokens(gateway, (tokens) => tokens.revoke('other'))
    enqueue?.(new Uint8Array(10))
    enqueue?.(undefined)
    const reply = await sending
    if (reply.ret === 200) expect((await fetch(reply.data.fileUrl)).status).toBe(404)
    expect((await stockOf(gateway)).staged).toBe(0)
  })

  test('a storage that fails keeps no timer of the upload', async () => {
    const { gateway } = await world()
    const staging = join(gateway.dataDir, 'blobs', 'staging')
    await rename(staging, `${staging}-away`)
    await writeFile(staging, '')
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    await upload(gateway, video)
    const before = timers()
    for (let count = 0; count < 30; count += 1) expect((await upload(gateway, video)).ret).toBe(500)
    expect(timers()).toBeLessThan(before + 10)
  })
})

test('a file in pieces of one byte is not handed on byte by byte', async () => {
  const bytes = 64 * 1024
  const state = { pieces: 0, bytes: 0 }
  const server = createServer((request, response) => {
    const read = async () => {
      for await (const piece of readStreamed(request, bytes)) {
        state.pieces += 1
        state.bytes += piece.length
      }
      response.end()
    }
    read().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`,
  )
  socket.resume()
  await once(socket, 'close')
  server.close()
  expect(state.bytes).toBe(bytes)
  expect(state.pieces).toBeLessThan(bytes / 16)
})
