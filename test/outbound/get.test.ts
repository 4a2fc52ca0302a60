import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { bytesOf, config, faultOf, plain } from './door.ts'

const file = Buffer.from('the bytes of a video')
let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin()
  outbound = createOutbound(config)
})
afterEach(async () => {
  await outbound.close()
  await origin.close()
})

/** Fetches what this behaviour answers, whole. */
async function fetchFrom(behaviour: rig.Behaviour, options: Partial<typeof plain> = {}): Promise<Buffer> {
  origin.route('/v.mp4', behaviour)
  return bytesOf(await outbound.get(`${origin.url}/v.mp4?sig=s3cret`, { ...plain, ...options }))
}

describe('a file', () => {
  test('arrives with what its headers say', async () => {
    const lastModified = 'Tue, 01 Apr 2025 00:00:00 GMT'
    origin.route('/v.mp4', rig.serve(file, { type: 'video/mp4', etag: '"1"', lastModified }))
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    expect(fetched).toMatchObject({
      status: 200,
      etag: '"1"',
      lastModified,
      contentType: 'video/mp4',
      length: 20,
    })
    expect(await bytesOf(fetched)).toEqual(file)
  })

  test('is asked for exactly once, whole, and uncompressed', async () => {
    await fetchFrom(rig.serve(file))
    expect(origin.hits).toHaveLength(1)
    expect(origin.hits[0]).toMatchObject({ method: 'GET', path: '/v.mp4?sig=s3cret' })
    expect(origin.hits[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', accept: '*/*' })
    expect(origin.hits[0]?.headers['user-agent']).toMatch(/^Hongyan/)
    expect(origin.hits[0]?.headers).not.toHaveProperty('range')
  })

  test('arrives when only the close of the connection marks its end', async () => {
    expect(await fetchFrom(rig.untilClose(file))).toEqual(file)
  })

  test('is refused when more bytes come than were promised', async () => {
    const fault = await faultOf(fetchFrom(rig.long(file, 100)), 'fetch_interrupted')
    expect(fault.reason).toContain('比它声明的长度更多')
  })

  test('is not taken for too long because of an informational answer before it', async () => {
    const head = `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${file.length}\r\n\r\n`
    expect(await fetchFrom(rig.raw(Buffer.concat([Buffer.from(head), file])))).toEqual(file)
  })

  test('arrives complete at 8 MiB', async () => {
    const bytes = await fetchFrom(rig.big(8 * 1024 ** 2, file), { maxBytes: 8 * 1024 ** 2 })
    expect(bytes.length).toBe(8 * 1024 ** 2)
    expect(bytes.subarray(0, file.length)).toEqual(file)
  })

  test('closes its connection when its last byte is read', async () => {
    await fetchFrom(rig.serve(file))
    await expect.poll(() => origin.open).toBe(0)
  })

  test('can be read only once', async () => {
    origin.route('/v.mp4', rig.serve(file))
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    await bytesOf(fetched)
    await expect(bytesOf(fetched)).rejects.toThrow('only once')
  })
})

describe('an answer that is no file', () => {
  test.each([201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 416, 429, 500, 502, 503])(
    'is refused: %i',
    async (code) => {
      const fault = await faultOf(fetchFrom(rig.status(code)), 'fetch_status')
      expect(fault.reason).toMatch(new RegExp(`^videoUrl 的服务器返回了 ${code}（${origin.url}/v.mp4）`))
      expect(fault.message).not.toContain('s3cret')
      expect(origin.hits).toHaveLength(1)
      await expect.poll(() => origin.open).toBe(0)
    },
  )

  test('is refused: compressed bytes, without opening them', async () => {
    const fault = await faultOf(fetchFrom(rig.gzipBomb()), 'fetch_status')
    expect(fault.reason).toContain('gzip')
  })

  test.each([
    ['Content-Length: 0', rig.empty()],
    ['chunked', rig.empty(true)],
    ['until close', rig.untilClose(Buffer.alloc(0))],
  ])('is refused: no bytes at all, %s', async (_framing, behaviour) => {
    await faultOf(fetchFrom(behaviour), 'fetch_empty')
  })

  test.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
  ])('is refused: %s', async (_what, text) => {
    await faultOf(fetchFrom(rig.raw(text)), 'fetch_status')
  })
})

describe('an incomplete file', () => {
  test.each([
    ['fewer bytes than promised', rig.short(file)],
    ['a last chunk that never comes', rig.cutChunked(file)],
    [
      'a chunk that is none',
      rig.raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n'),
    ],
  ])('is an error: %s', async (_what, behaviour) => {
    const fault = await faultOf(fetchFrom(behaviour), 'fetch_interrupted')
    expect(fault.reason).toMatch(/^videoUrl 下载中途/)
    expect(fault.cause).toBeInstanceOf(Error)
    expect(origin.hits).toHaveLength(1)
  })

  test.each([
    ['by length', 'content-length: 100'],
    ['by chunks', 'transfer-encoding: chunked'],
    ['by the close', 'x-framing: none'],
  ])('is an error: a reset in the middle of a body framed %s', async (_what, framing) => {
    origin.route('/v.mp4', rig.raw(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n3\r\nabc\r\n`, true))
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    const read = async () => {
      for await (const _chunk of fetched.body) origin.cut()
    }
    await faultOf(read(), 'fetch_interrupted')
  })
})

describe('a file that is too large', () => {
  test('is refused by its promise, before a byte of it', async () => {
    origin.route('/v.mp4', rig.big(1024 ** 4))
    const fault = await faultOf(outbound.get(`${origin.url}/v.mp4`, plain), 'fetch_too_large')
    expect(fault.reason).toContain('1048576')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('is refused by count, when nothing was promised', async () => {
    await faultOf(fetchFrom(rig.endless()), 'fetch_too_large')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('is not one of exactly the limit', async () => {
    expect(await fetchFrom(rig.serve(file), { maxBytes: file.length })).toEqual(file)
    await faultOf(fetchFrom(rig.serve(file), { maxBytes: file.length - 1 }), 'fetch_too_large')
  })
})

describe('an origin that cannot be reached', () => {
  test('is named, with what to look at: nothing listens', async () => {
    await origin.close()
    const fault = await faultOf(outbound.get(`${origin.url}/v.mp4`, plain), 'fetch_unreachable')
    expect(fault.reason).toContain(`127.0.0.1:${origin.port} 拒绝连接`)
  })

  test('is named, with what to look at: no such name', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    const blind = createOutbound(config, { lookup })
    const fault = await faultOf(blind.get('http://nowhere.test/v.mp4', plain), 'fetch_unreachable')
    expect(fault.reason).toContain('nowhere.test 无法解析')
  })

  test('is named, with what to look at: a name without addresses', async () => {
    const blind = createOutbound(config, { lookup: async () => [] })
    await faultOf(blind.get('http://nowhere.test/v.mp4', plain), 'fetch_unreachable')
  })

  test('is named, with what to look at: no TLS on that port', async () => {
    const fault = await faultOf(outbound.get(`https://127.0.0.1:${origin.port}/`, plain), 'fetch_unreachable')
    expect(fault.reason).toContain('HTTPS')
  })

  test('is asked once, also when it hangs up without an answer', async () => {
    await faultOf(fetchFrom(rig.hangUp()), 'fetch_unreachable')
    expect(origin.hits).toHaveLength(1)
  })
})

describe('giving up', () => {
  const reason = new Error('the caller hung up')

  test('before the start throws the reason and asks nobody', async () => {
    const signal = AbortSignal.abort(reason)
    await expect(outbound.get(origin.url, { ...plain, signal })).rejects.toBe(reason)
    expect(origin.connections).toBe(0)
  })

  test.each([
    ['an error', reason],
    ['any value', 'a word'],
  ])('while waiting for headers throws the reason as it is: %s', async (_kind, value) => {
    const abort = new AbortController()
    origin.route('/v.mp4', () => abort.abort(value))
    await expect(outbound.get(`${origin.url}/v.mp4`, { ...plain, signal: abort.signal })).rejects.toBe(value)
    await expect.poll(() => origin.open).toBe(0)
  })

  test('while connecting throws the reason and lets go of the socket', async () => {
    const abort = new AbortController()
    const lookup = () => {
      abort.abort(reason)
      return new Promise<never>(() => {})
    }
    const blind = createOutbound(config, { lookup })
    await expect(blind.get('http://slow.test/', { ...plain, signal: abort.signal })).rejects.toBe(reason)
  })

  test('in the middle of the body throws the reason', async () => {
    const abort = new AbortController()
    origin.route('/v.mp4', rig.stall(file))
    const fetched = await outbound.get(`${origin.url}/v.mp4`, { ...plain, signal: abort.signal })
    const read = async () => {
      for await (const _chunk of fetched.body) abort.abort(reason)
    }
    await expect(read()).rejects.toBe(reason)
    await expect.poll(() => origin.open).toBe(0)
  })

  test('by leaving the loop closes the socket', async () => {
    origin.route('/v.mp4', rig.endless())
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    for await (const _chunk of fetched.body) break
    await expect.poll(() => origin.open).toBe(0)
  })

  test('by cancel closes the socket, read or unread', async () => {
    origin.route('/v.mp4', rig.endless())
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    fetched.cancel()
    await expect.poll(() => origin.open).toBe(0)
    await faultOf(bytesOf(fetched), 'fetch_interrupted')
  })

  test('by close fails what is under way and everything after', async () => {
    origin.route('/v.mp4', rig.stall(file))
    const fetched = await outbound.get(`${origin.url}/v.mp4`, plain)
    const work = bytesOf(fetched)
    await outbound.close()
    await faultOf(work, 'shutting_down')
    await faultOf(outbound.get(`${origin.url}/v.mp4`, plain), 'shutting_down')
  })
})

test('an answer in a hundred pieces is the same file', async () => {
  const server = createServer((socket) => {
    const text = `HTTP/1.1 200 OK\r\ncontent-length: ${file.length}\r\n\r\n${file}`
    socket.once('data', async () => {
      for (const letter of text) await new Promise((resolve) => socket.write(letter, resolve))
    })
    socket.on('error', () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  expect(await bytesOf(await outbound.get(`http://127.0.0.1:${port}/`, plain))).toEqual(file)
  server.close()
})
