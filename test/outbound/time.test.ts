import { getEventListeners, once } from 'node:events'
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
})
afterEach(async () => {
  await outbound.close()
  await origin.close()
})

async function fetchWith(limits: Partial<typeof config>, behaviour: rig.Behaviour): Promise<Buffer> {
  outbound = createOutbound({ ...config, ...limits })
  origin.route('/v.mp4', behaviour)
  return bytesOf(await outbound.get(`${origin.url}/v.mp4`, plain))
}

describe('an origin that does not hurry is given up', () => {
  test('when the look-up alone takes the connect time', async () => {
    outbound = createOutbound(
      { ...config, fetchConnectTimeoutMs: 100 },
      { lookup: () => new Promise<never>(() => {}) },
    )
    const fault = await faultOf(outbound.get('http://slow.test/v.mp4', plain), 'fetch_timeout')
    expect(fault.reason).toContain('slow.test 在 100 毫秒内连不上')
  })

  test('when TLS never comes about', async () => {
    outbound = createOutbound({ ...config, fetchConnectTimeoutMs: 100 })
    const deaf = createServer().listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const address = deaf.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await faultOf(outbound.get(`https://127.0.0.1:${port}/v.mp4`, plain), 'fetch_timeout')
    deaf.close()
  })

  test('when it never answers', async () => {
    const fault = await faultOf(fetchWith({ fetchIdleTimeoutMs: 100 }, rig.silent()), 'fetch_timeout')
    expect(fault.reason).toContain('超过 100 毫秒没有发来数据')
    expect(origin.hits).toHaveLength(1)
    await expect.poll(() => origin.open).toBe(0)
  })

  test('when its headers drip', async () => {
    const dripping: rig.Behaviour = ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x: y\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    }
    await faultOf(fetchWith({ fetchIdleTimeoutMs: 300 }, dripping), 'fetch_timeout')
  })

  test('when it falls silent in the middle', async () => {
    await faultOf(fetchWith({ fetchIdleTimeoutMs: 100 }, rig.stall(file)), 'fetch_timeout')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('when it stays below the minimum rate, though never silent', async () => {
    const limits = { fetchIdleTimeoutMs: 400, fetchMinRate: 100_000 }
    const fault = await faultOf(fetchWith(limits, rig.drip(10)), 'fetch_timeout')
    expect(fault.reason).toContain('每秒 100000 字节')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('when the whole takes too long, though every part is in time', async () => {
    const fault = await faultOf(fetchWith({ fetchTotalTimeoutMs: 300 }, rig.drip(10)), 'fetch_timeout')
    expect(fault.reason).toContain('300 毫秒内没有完成')
    await expect.poll(() => origin.open).toBe(0)
  })

  test('when nobody reads what it sends', async () => {
    outbound = createOutbound({ ...config, fetchTotalTimeoutMs: 300 })
    origin.route('/v.mp4', rig.endless())
    const { signal } = new AbortController()
    const fetched = await outbound.get(`${origin.url}/v.mp4`, { ...plain, signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await expect.poll(() => origin.open).toBe(0)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await faultOf(bytesOf(fetched), 'fetch_timeout')
  })
})

test('a slow drip is fine while no minimum rate is set', async () => {
  expect(await fetchWith({ fetchMinRate: 0 }, rig.drip(5, 30))).toHaveLength(30)
})

test('a reader that takes its time is not held against the origin', async () => {
  outbound = createOutbound({ ...config, fetchIdleTimeoutMs: 100, fetchMinRate: 1024 ** 2 })
  const length = 4 * 1024 ** 2
  origin.route('/v.mp4', rig.big(length))
  const fetched = await outbound.get(`${origin.url}/v.mp4`, { ...plain, maxBytes: length })
  let received = 0
  let rests = 0
  for await (const chunk of fetched.body) {
    received += chunk.length
    // Longer than the window, and long enough for the idle clock to strike.
    if (rests < 2) await new Promise((resolve) => setTimeout(resolve, 1200))
    rests += 1
  }
  expect(received).toBe(length)
})
