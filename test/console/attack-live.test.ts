import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Feed } from '../../src/feed.ts'
import type { Caller } from '../../src/http/auth.ts'
import { serveLive } from '../../src/http/live.ts'
import { createServer } from '../../src/http/server.ts'
import { createRequestPace } from '../../src/request-pace.ts'
import { until } from '../rigs/world.ts'

afterEach(() => {
  vi.useRealTimers()
})

const hint = { appId: 'wx_a', peer: 'wxid_b', newMsgId: 1 }

describe('the live feed', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  /** A server with the feed alone, whose callers are known when the test says so. */
  async function start() {
    const waiting: (() => void)[] = []
    const identify = () => new Promise<Caller>((resolve) => waiting.push(() => resolve({ tokenId: 'tok' })))
    const app = createServer({
      identify,
      admit: createRequestPace(0),
      guests: [],
      log: pino({ level: 'silent' }),
    })
    const feed = new Feed()
    const sockets: Socket[] = []
    app.server.on('connection', (socket: Socket) => sockets.push(socket))
    serveLive(app, { feed, identify })
    const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
    closers.push(() => app.close())
    return { feed, waiting, sockets, baseUrl, port: Number(new URL(baseUrl).port) }
  }

  test('does not count a caller that hung up before it was known who calls', async () => {
    const { waiting, sockets, baseUrl, port } = await start()
    for (let count = 0; count < 64; count += 1) {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET /live HTTP/1.1\r\nHost: x\r\n\r\n')
      await until(() => waiting.length === count + 1)
      socket.destroy()
    }
    await until(() => sockets.every(({ destroyed }) => destroyed))
    for (const know of waiting.splice(0)) know()
    const asking = fetch(`${baseUrl}/live`)
    await until(() => waiting.length > 0)
    for (const know of waiting.splice(0)) know()
    const response = await asking
    expect(response.status).toBe(200)
    await response.body?.cancel()
  })
})

describe('a feed that nobody followed for a while', () => {
  test('does not take an id of before for one of its own', () => {
    vi.useFakeTimers()
    const feed = new Feed()
    const seen: string[] = []
    const leave = feed.follow('tok', '', ({ id }) => seen.push(id))
    for (let count = 0; count < 3; count += 1) feed.publish('tok', 'message', hint)
    leave()
    vi.advanceTimersByTime(10 * 60_000)
    feed.publish('tok', 'message', { ...hint, newMsgId: 2 })
    feed.follow('tok', '', () => {})
    for (let count = 0; count < 5; count += 1) feed.publish('tok', 'message', hint)
    const kinds: string[] = []
    feed.follow('tok', seen.at(-1) ?? '', ({ kind }) => kinds.push(kind))
    expect(kinds[0]).toBe('reset')
  })
})
