import { createServer as createTcpServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ExchangeOptions, StreamedBody } from '../../src/outbound/exchange.ts'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { config, faultOf } from './door.ts'

let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin()
  outbound = createOutbound(config)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await outbound.close()
  await origin.close()
})

const options: ExchangeOptions = {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: '{"a":"雁"}',
  timeoutMs: 20_000,
  maxAnswerBytes: 1000,
  subject: 'iLink',
}

function exchange(behaviour: rig.Behaviour, more: Partial<ExchangeOptions> = {}) {
  origin.route('/call', behaviour)
  return outbound.exchange(`${origin.url}/call?key=s3cret`, { ...options, ...more })
}

/** `count` pieces of `size` bytes, each filled with its number. */
async function* pieces(count: number, size: number): AsyncGenerator<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(size, index)
}

/** An address of this machine where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = await rig.startOrigin()
  await server.close()
  return server.url
}

describe('an exchange', () => {
  test('brings status, headers and body of the answer', async () => {
    const answer = await exchange((_request, response) => {
      response.writeHead(201, { 'X-Encrypted-Param': 'abc' }).end('好')
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['x-encrypted-param']).toBe('abc')
    expect(String(answer.body)).toBe('好')
    const [hit] = origin.hits
    expect(hit).toMatchObject({ method: 'POST', path: '/call?key=s3cret' })
    expect(hit?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '11' })
    expect(String(await hit?.body)).toBe(options.body)
  })

  test('can be a GET without a body', async () => {
    await outbound.exchange(`${origin.url}/call`, {
      method: 'GET',
      headers: { 'iLink-App-Id': 'bot' },
      timeoutMs: 20_000,
      maxAnswerBytes: 1000,
      subject: 'iLink',
    })
    expect(origin.hits[0]).toMatchObject({ method: 'GET', headers: { 'ilink-app-id': 'bot' } })
    expect(origin.hits[0]?.headers['content-length']).toBeUndefined()
  })

  test.each([302, 404, 500])('counts %i as an answer and follows nothing', async (code) => {
    const answer = await exchange((_request, response) => {
      response.writeHead(code, { location: '/other' }).end()
    })
    expect(answer.status).toBe(code)
    expect(origin.hits).toHaveLength(1)
  })

  test('refuses an answer that is larger than allowed', async () => {
    const fault = await faultOf(exchange(rig.endless()), 'fetch_too_large')
    expect(fault).toMatchObject({ sent: 'unknown' })
    expect(fault.reason).toMatch(/^iLink .*1000 字节/)
    await expect.poll(() => origin.open).toBe(0)
  })

  test('takes what it gets of the body where the headers suffice', async () => {
    expect((await exchange(rig.endless(), { headersSuffice: true })).status).toBe(200)
    const cut = await exchange(rig.short(Buffer.from('ok')), { headersSuffice: true })
    expect(String(cut.body)).toBe('ok')
  })
})

describe('a streamed body', () => {
  test('arrives whole, under its exact length', async () => {
    const afterwards: rig.Behaviour = (request, response) => request.on('end', () => response.end())
    const answer = await exchange(afterwards, { body: { pieces: pieces(5, 70_000), length: 350_000 } })
    expect(answer.status).toBe(200)
    const [hit] = origin.hits
    expect(hit?.headers['content-length']).toBe('350000')
    expect(hit?.headers['transfer-encoding']).toBeUndefined()
    const bytes = await hit?.body
    expect(bytes?.length).toBe(350_000)
    expect(bytes?.[349_999]).toBe(4)
  })

  test('waits for a server that does not read', async () => {
    let made = 0
    async function* counted() {
      for await (const piece of pieces(64, 1024 ** 2)) {
        made += 1
        yield piece
      }
    }
    let go = () => {}
    const seen = exchange(
      (request, response) => {
        request.pause()
        go = () => {
          request.resume()
          request.on('end', () => response.end('ok'))
        }
      },
      { body: { pieces: counted(), length: 64 * 1024 ** 2 } },
    )
    await expect.poll(() => origin.hits.length).toBe(1)
    let before = -1
    await expect
      .poll(
        () => {
          const still = made === before
          before = made
          return still
        },
        { interval: 300 },
      )
      .toBe(true)
    // What is ahead of the server sits in buffers that do not grow.
    expect(made).toBeLessThan(40)
    go()
    expect((await seen).status).toBe(200)
    expect(made).toBe(64)
  })

  test.each([
    ['short', 2],
    ['long', 4],
  ])('that is too %s for its length is our fault', async (_name, count) => {
    const body = { pieces: pieces(count, 100_000), length: 300_000 }
    const fault = await faultOf(exchange(rig.status(200), { body }), 'storage_failed')
    expect(fault.reason).toContain('300000')
  })

  test('that fails is thrown as it failed', async () => {
    const reason = new Error('disk')
    async function* failing() {
      yield Buffer.alloc(100_000)
      throw reason
    }
    const work = exchange(rig.silent(), { body: { pieces: failing(), length: 200_000 } })
    await expect(work).rejects.toBe(reason)
    await expect.poll(() => origin.open).toBe(0)
  })

  test.each([
    ['is not started', async (body: StreamedBody) => outbound.exchange('ftp://x', { ...options, body })],
    [
      'cannot connect',
      async (body: StreamedBody) => outbound.exchange(await deadUrl(), { ...options, body }),
    ],
    ['is reset', (body: StreamedBody) => exchange(rig.hangUp(), { body })],
    ['is answered early', (body: StreamedBody) => exchange(rig.status(400), { body })],
  ])('is closed, if it was begun, when the request %s', async (_name, act) => {
    let open = 0
    const waiting = {
      async next() {
        open += open === 0 ? 1 : 0
        await new Promise((resolve) => setTimeout(resolve, 10))
        return { done: false as const, value: Buffer.alloc(1) }
      },
      async return() {
        open = 0
        return { done: true as const, value: undefined }
      },
    }
    const pieces = { [Symbol.asyncIterator]: () => waiting }
    await act({ pieces, length: 1_000_000 }).catch(() => {})
    await expect.poll(() => open).toBe(0)
  })

  test.each([
    ['keeps the socket open', false],
    ['closes at once', true],
  ])('is given up for an early answer when the server %s', async (_name, close) => {
    for (let round = 0; round < 20; round += 1) {
      const answer = await exchange(
        (request, response) => {
          const body = 'used'
          request.pause()
          response.writeHead(403, { 'x-error-message': 'used', 'content-length': body.length })
          response.end(body, () => close && request.socket.destroy())
        },
        { body: { pieces: pieces(64, 256 * 1024), length: 16 * 1024 ** 2 } },
      )
      expect(answer.status).toBe(403)
      expect(answer.headers['x-error-message']).toBe('used')
    }
  })
})

/** Answers in another thread while this one is busy, so that the next write meets a closed socket and an unread answer. */
const earlyServer = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => {})
  socket.on('close', () => {
    Atomics.store(workerData, 0, 1)
    Atomics.notify(workerData, 0)
  })
  socket.once('readable', () => {
    socket.write('HTTP/1.1 403 Forbidden\\r\\ncontent-length: 4\\r\\n\\r\\nused', () => socket.destroy())
  })
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

test('an early answer is not lost to the write that fails after it', async () => {
  const closed = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(earlyServer, { eval: true, workerData: closed })
  const port = await new Promise((resolve) => worker.once('message', resolve))
  async function* late() {
    yield Buffer.alloc(100_000)
    // Lets the first piece leave; then this thread sees nothing until the other side is gone.
    await new Promise((resolve) => setImmediate(resolve))
    Atomics.wait(closed, 0, 0, 10_000)
    yield Buffer.alloc(100_000)
    yield Buffer.alloc(100_000)
  }
  const body = { pieces: late(), length: 300_000 }
  const answer = await outbound.exchange(`http://127.0.0.1:${port}/`, { ...options, body })
  expect(Atomics.load(closed, 0)).toBe(1)
  expect(answer.status).toBe(403)
  expect(String(answer.body)).toBe('used')
  await worker.terminate()
})

test('a streamed body arrives whole over TLS', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const answering: rig.Behaviour = (request, response) => request.on('end', () => response.end('ok'))
  const safe = await rig.startOrigin(answering, { tls: true })
  const body = { pieces: pieces(40, 100_000), length: 4_000_000 }
  const answer = await outbound.exchange(`${safe.url}/`, { ...options, body, idleMs: 10_000 })
  expect(String(answer.body)).toBe('ok')
  const bytes = await safe.hits[0]?.body
  expect(bytes?.length).toBe(4_000_000)
  expect(bytes?.at(-1)).toBe(39)
  await safe.close()
})

describe('before anything was written, an exchange fails with', () => {
  test('fetch_unreachable when nobody listens', async () => {
    const fault = await faultOf(outbound.exchange(await deadUrl(), options), 'fetch_unreachable')
    expect(fault).toMatchObject({ sent: 'no', retryable: true })
  })

  test('fetch_unreachable when the name is unknown', async () => {
    const lost = createOutbound(config, {
      lookup: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    })
    expect(await faultOf(lost.exchange('http://x.example/', options), 'fetch_unreachable')).toMatchObject({
      sent: 'no',
    })
    await lost.close()
  })

  test('fetch_unreachable when the connection takes longer than the whole may', async () => {
    const lost = createOutbound(config, { lookup: () => new Promise(() => {}) })
    const work = lost.exchange('http://x.example/', { ...options, timeoutMs: 100 })
    expect(await faultOf(work, 'fetch_unreachable')).toMatchObject({ sent: 'no' })
    await lost.close()
  })

  test('fetch_unreachable when TLS does not come about', async () => {
    const plain = createTcpServer((socket) => socket.on('error', () => {}).end('hello\r\n'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const address = plain.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const work = outbound.exchange(`https://127.0.0.1:${port}/`, options)
    expect(await faultOf(work, 'fetch_unreachable')).toMatchObject({ sent: 'no' })
    plain.close()
  })

  test('url_forbidden when the address is private', async () => {
    const strict = createOutbound({ ...config, fetchAllow: [] })
    const work = strict.exchange(`${origin.url}/call`, options)
    expect(await faultOf(work, 'url_forbidden')).toMatchObject({ sent: 'no' })
    expect(origin.connections).toBe(0)
    await strict.close()
  })

  test('url_forbidden when the name leads to a private address', async () => {
    const strict = createOutbound(
      { ...config, fetchAllow: [] },
      { lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) },
    )
    const url = `http://x.example:${origin.port}/call`
    await faultOf(strict.exchange(url, options), 'url_forbidden')
    expect(origin.connections).toBe(0)
    await strict.close()
  })
})

test('a host that the operator configured may be anywhere', async () => {
  const strict = createOutbound({ ...config, fetchAllow: [] })
  origin.route('/call', rig.status(200))
  expect((await strict.exchange(`${origin.url}/call`, { ...options, trusted: true })).status).toBe(200)
  await strict.close()
})

describe('a trusted download', () => {
  test('may come from anywhere, but not be redirected elsewhere', async () => {
    const other = await rig.startOrigin(rig.serve('secret'))
    const strict = createOutbound({ ...config, fetchAllow: [] })
    const get = { maxBytes: 100, signal: new AbortController().signal, subject: 'CDN', trusted: true }
    origin.route('/file', rig.serve('bytes'))
    origin.route('/away', rig.redirect(`${other.url}/file`))
    origin.route('/near', rig.redirect('/file'))
    expect((await strict.get(`${origin.url}/file`, get)).status).toBe(200)
    await faultOf(strict.get(`${origin.url}/away`, get), 'url_forbidden')
    expect(other.connections).toBe(0)
    await strict.close()
    await other.close()
  })
})

describe('after something was written, an exchange fails with', () => {
  test('fetch_interrupted when the socket closes without an answer', async () => {
    const fault = await faultOf(exchange(rig.hangUp()), 'fetch_interrupted')
    expect(fault).toMatchObject({ sent: 'unknown', retryable: true })
    expect(fault.message).not.toContain('s3cret')
    expect(origin.hits).toHaveLength(1)
  })

  test('fetch_interrupted when the answer breaks off', async () => {
    expect(await faultOf(exchange(rig.short(Buffer.from('{'))), 'fetch_interrupted')).toMatchObject({
      sent: 'unknown',
    })
  })

  test('fetch_interrupted when the answer is not HTTP', async () => {
    const fault = await faultOf(exchange(rig.raw('hello\r\n\r\n')), 'fetch_interrupted')
    expect(fault.reason).toContain('HTTP')
    expect(fault.sent).toBe('unknown')
  })

  test('fetch_timeout when there is no answer in time', async () => {
    const fault = await faultOf(exchange(rig.silent(), { timeoutMs: 300 }), 'fetch_timeout')
    expect(fault).toMatchObject({ sent: 'unknown' })
    await expect.poll(() => origin.open).toBe(0)
  })

  test('fetch_timeout when a server stops reading the body', async () => {
    const fault = await faultOf(
      exchange((request) => request.pause(), {
        idleMs: 200,
        body: { pieces: pieces(64, 1024 ** 2), length: 64 * 1024 ** 2 },
      }),
      'fetch_timeout',
    )
    expect(fault.reason).toContain('200 毫秒')
  })

  test('fetch_timeout when the body arrived and no answer comes', async () => {
    const fault = await faultOf(
      exchange(rig.silent(), { idleMs: 100, body: { pieces: pieces(1, 10), length: 10 } }),
      'fetch_timeout',
    )
    expect(fault.reason).toContain('400 毫秒')
  })

  test('shutting_down at close, and says that it may have arrived', async () => {
    const work = exchange(() => {
      void outbound.close()
    })
    expect(await faultOf(work, 'shutting_down')).toMatchObject({ sent: 'unknown' })
  })

  test('the reason of an abort as it is', async () => {
    const abort = new AbortController()
    const reason = new Error('stop')
    await expect(exchange(() => abort.abort(reason), { signal: abort.signal })).rejects.toBe(reason)
  })
})
