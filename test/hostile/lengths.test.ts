import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { token } from '../rigs/gateway.ts'
import { fc } from '../rigs/properties.ts'
import { startWorld, stockOf, type World } from '../stories/refusal.ts'

let world: World
let before: Awaited<ReturnType<typeof stockOf>>
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  before = await stockOf(world.gateway)
})
afterAll(() => world.close())

/** Writes these exact bytes, ends its own side, and reads whatever comes. */
async function speak(bytes: string): Promise<readonly number[]> {
  const socket = connect(Number(new URL(world.gateway.baseUrl).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.end(bytes, 'latin1')
  const received = await text(socket).catch(() => '')
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
}

const head = (path: string, ...lines: readonly string[]) =>
  [`POST ${path} HTTP/1.1`, 'Host: 127.0.0.1', `X-GEWE-TOKEN: ${token}`, ...lines, '', ''].join('\r\n')
const good = () => JSON.stringify(world.request())

async function isWell(): Promise<void> {
  expect((await fetch(`${world.gateway.baseUrl}/healthz`)).status).toBe(200)
  expect(await stockOf(world.gateway)).toEqual(before)
}

describe('a body whose length lies', () => {
  const send = '/message/postVideo'
  test.each<[string, (body: string) => string]>([
    ['says one byte more than comes', (body) => head(send, `Content-Length: ${body.length + 1}`) + body],
    ['says a gigabyte', (body) => head(send, `Content-Length: ${1024 ** 3}`) + body],
    ['says more than a number holds', (body) => head(send, `Content-Length: ${'9'.repeat(30)}`) + body],
    ['ends in the middle of a chunk', (body) => `${head(send, 'Transfer-Encoding: chunked')}fff\r\n${body}`],
    [
      'lacks its last chunk',
      (body) => `${head(send, 'Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n`,
    ],
    [
      'has a chunk of all sizes',
      (body) => `${head(send, 'Transfer-Encoding: chunked')}${'f'.repeat(17)}\r\n${body}`,
    ],
    [
      'has a chunk that is longer than it says',
      (body) => `${head(send, 'Transfer-Encoding: chunked')}5\r\n${body}\r\n0\r\n\r\n`,
    ],
    ['never comes at all', () => head(send, 'Content-Length: 10')],
    ['is expected to be asked for', () => head(send, 'Content-Length: 10', 'Expect: 200-maybe')],
  ])('and %s is sent nowhere, and no answer is HTTP 5xx', async (_, request) => {
    for (const status of await speak(request(good()))) expect([200, 400, 413, 417, 100]).toContain(status)
    await isWell()
  })

  test('and says less than comes is cut there, and the rest is no request', async () => {
    const body = good()
    const bytes = head(send, `Content-Length: ${body.length - 5}`) + body
    const statuses = await speak(bytes)
    // The refusal of the rest may overtake the answer to the first.
    expect(statuses).not.toEqual([])
    for (const status of statuses) expect([200, 400]).toContain(status)
    await isWell()
  })

  test('of an upload leaves no file', async () => {
    for (const lines of [['Content-Length: 100000'], ['Transfer-Encoding: chunked']]) {
      const bytes = `${head('/tools/uploadFile?name=a.bin', ...lines)}${lines[0]?.startsWith('T') ? '5\r\n' : ''}abc`
      for (const status of await speak(bytes)) expect(status).toBeLessThan(500)
      await isWell()
    }
  })
})

test('any mixture of good and broken lines ends a connection and nothing else', async () => {
  const lines = [
    'Content-Length: 2',
    'Content-Length: 0',
    'Content-Length: 1e1',
    'Content-Length:',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Connection: upgrade',
    'Upgrade: h2c',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Content-Type: \u00ff/\u00fe',
    'Content-Encoding: br',
    'Range: bytes=0-',
    'Idempotency-Key: \u00ff',
    'X-HTTP-Method-Override: DELETE',
    'Cookie: =;;;=',
    ': x',
    'X',
  ]
  const methods = ['POST', 'GET', 'HEAD', 'PUT', 'OPTIONS', 'CONNECT', 'TRACE', 'post', 'M-SEARCH', 'PRI']
  const targets = ['/login/deviceList', '*', 'http://evil.example/', '//', '/%ff', '/a b', '/\u00e9', '']
  const request = fc.tuple(
    fc.constantFrom(...methods),
    fc.constantFrom(...targets),
    fc.array(fc.constantFrom(...lines), { maxLength: 5 }),
    fc.constantFrom('', '{}', '2\r\n{}\r\n0\r\n\r\n', '\0', 'GET / HTTP/1.1\r\n\r\n'),
  )
  await fc.assert(
    fc.asyncProperty(request, async ([method, target, more, body]) => {
      const named = ['Host: 127.0.0.1', `X-GEWE-TOKEN: ${token}`, ...more]
      const statuses = await speak(`${method} ${target} HTTP/1.1\r\n${named.join('\r\n')}\r\n\r\n${body}`)
      for (const status of statuses) expect(status).toBeLessThan(500)
    }),
    { numRuns: 200 },
  )
  await isWell()
})
