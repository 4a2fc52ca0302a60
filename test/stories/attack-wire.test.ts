import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { startWorld, stockOf, type World } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** Writes these exact bytes and reads until the gateway closes. */
function speak(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(world.gateway.baseUrl).port), '127.0.0.1')
  socket.write(bytes, 'latin1')
  return text(socket)
}
const answers = (received: string) => received.match(/HTTP\/1\.1 \d{3}/g) ?? []
const hidden = `POST /tools/getTokenId HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`
const head = `POST /login/deviceList HTTP/1.1\r\nHost: 127.0.0.1\r\nX-GEWE-TOKEN: ${token}\r\n`

describe('a request whose end can be read in two ways', () => {
  test.each([
    ['a length and chunks', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5\r\n\r\n'],
    ['a length with a sign', 'Content-Length: +2\r\n\r\n{}'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown coding after chunks', 'Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'X: a\r\n Content-Length: 5\r\n\r\n'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n0\r\n\r\n'],
    ['a NUL in a header', 'X: a\0b\r\n\r\n'],
  ])('%s is refused, and what is hidden behind it is not answered', async (_name, rest) => {
    const received = await speak(`${head}${rest}${hidden}`)
    expect(answers(received)).toEqual(['HTTP/1.1 400'])
    expect(received).not.toContain('执行成功')
    expect((await fetch(`${world.gateway.baseUrl}/healthz`)).status).toBe(200)
  })
})

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
  ['a header of a megabyte', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1024 ** 2)}\r\n\r\n`],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
])('%s ends the connection, not the gateway', async (_name, bytes) => {
  const received = await speak(bytes).catch(() => '')
  expect(answers(received).filter((line) => !/ 4\d\d$/.test(line))).toEqual([])
  expect((await fetch(`${world.gateway.baseUrl}/healthz`)).status).toBe(200)
})

describe('a caller that names a host of its own', () => {
  const linkFor = async (of: World, host: string) => {
    const { data } = await of.postVideo()
    const { appId } = of.sender
    const body = JSON.stringify({ appId, fileId: data.fileId, aesKey: data.aesKey, type: '4' })
    const socket = connect(Number(new URL(of.gateway.baseUrl).port), '127.0.0.1')
    const lines = [
      'POST /gewe/v2/api/message/downloadCdn HTTP/1.1',
      `Host: ${host}`,
      `X-GEWE-TOKEN: ${token}`,
      'X-Forwarded-Host: evil.example',
      'Connection: close',
      `Content-Length: ${body.length}`,
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
    return text(socket)
  }

  test('is not believed about who stands in front', async () => {
    expect(await linkFor(world, '127.0.0.1')).toMatch(/"fileUrl":"http:\/\/127\.0\.0\.1\/download\//)
  })

  test('gets the links of the public address where one is set', async () => {
    const open = await startWorld({ HONGYAN_PUBLIC_URL: 'https://gateway.example/base' })
    try {
      expect(await linkFor(open, 'evil.example')).toMatch(
        /"fileUrl":"https:\/\/gateway\.example\/base\/download\//,
      )
    } finally {
      await open.close()
    }
  })

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', 'evil.example:127', ''])(
    'gets no token as if it were this machine: %s',
    async (host) => {
      const request = `POST /tools/getTokenId HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
      const received = await speak(request)
      expect(received).toMatch(/^HTTP\/1\.1 (200|400) /)
      expect(received).not.toContain(token)
      expect(received).not.toContain('执行成功')
    },
  )
})

test('what anyone may read without a token holds no secret', async () => {
  await world.postVideo({ videoUrl: world.link('/none.mp4') })
  const { data } = await world.postVideo()
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/openapi.json', '/docs/json']) {
    const page = await (await fetch(`${world.gateway.baseUrl}${path}`)).text()
    for (const secret of [
      token,
      data.aesKey,
      data.fileId,
      world.sender.appId,
      world.gateway.dataDir,
      'q-signature',
    ])
      expect(page, path).not.toContain(String(secret))
  }
})

test('a thousand bad requests at once leave the gateway as it was', async () => {
  const before = await stockOf(world.gateway)
  const paths = ['/message/postVideo', '/message/nothing', '/message/forwardVideo', '/login/checkLogin']
  for (let round = 0; round < 10; round += 1) {
    const asked = Array.from({ length: 100 }, (_, index) =>
      world.gateway.post(paths[index % paths.length] ?? '/', index % 3 ? '{' : { appId: index, xml: '<' }),
    )
    for (const reply of await Promise.all(asked)) expect(reply.ret).toBe(500)
  }
  expect(await stockOf(world.gateway)).toEqual(before)
  expect(await world.postVideo()).toMatchObject({ ret: 200 })
})
