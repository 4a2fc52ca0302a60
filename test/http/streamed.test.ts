import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Type } from 'typebox'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { route } from '../../src/http/route.ts'
import { createServer as createApp } from '../../src/http/server.ts'
import { streamedRoute } from '../../src/http/streamed.ts'
import { readStreamed } from '../../src/http/streamed-body.ts'
import { createRequestPace } from '../../src/request-pace.ts'
import { until } from '../rigs/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})

/** Connects, sends this, and gathers what comes back. */
async function talk(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  closers.push(async () => socket.destroy())
  const state = { socket, answer: '', closed: false }
  socket.on('data', (data) => {
    state.answer += data.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    state.closed = true
  })
  socket.write(text)
  return state
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

describe('the time that a request may take', () => {
  /** A server with one route for a file and one for JSON, and the connections that reached it. */
  async function start() {
    let received = 0
    const identify = () => Promise.resolve({ tokenId: 'tok' })
    const app: FastifyInstance = createApp({
      identify,
      admit: createRequestPace(0),
      guests: [],
      log: pino({ level: 'silent' }),
    })
    const sockets: Socket[] = []
    app.server.on('connection', (socket: Socket) => sockets.push(socket))
    const words = { tag: 'x', summary: 'x', failure: '失败' }
    const data = Type.Object({ length: Type.Integer() })
    streamedRoute({
      ...words,
      url: '/file',
      query: Type.Object({}),
      data,
      maxBytes: 1000,
      handle: async ({ body }) => {
        for await (const piece of body) received += piece.length
        return { length: received }
      },
    }).mount(app)
    route({
      ...words,
      url: '/json',
      body: Type.Object({}),
      data,
      handle: () => Promise.resolve({ length: 0 }),
    }).mount(app)
    await app.listen({ host: '127.0.0.1', port: 0 })
    closers.push(() => app.close())
    const port = portOf(app.server)
    return {
      port,
      received: () => received,
      /** What Node says of the first connection once a request has taken its 60 seconds. */
      async timeOut() {
        const socket = await until(() => sockets[0])
        const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
        app.server.emit('clientError', late, socket)
      },
    }
  }

  it('is limited for an ordinary body, which is answered 408', async () => {
    const { port, timeOut } = await start()
    const client = await talk(port, `${head('/json', 100)}{`)
    await timeOut()
    await until(() => client.closed)
    expect(client.answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('is not limited for a file whose bytes keep coming, and is again once it has come', async () => {
    const { port, received, timeOut } = await start()
    const client = await talk(port, `${head('/file', 10)}01234`)
    await until(() => received() === 5)
    await timeOut()
    client.socket.write('56789')
    await until(() => client.answer.includes('"length":10'))
    expect(client.answer).toMatch(/^HTTP\/1\.1 200 /)
    client.socket.write(`${head('/json', 100)}{`)
    await timeOut()
    await until(() => client.closed)
    expect(client.answer).toContain('HTTP/1.1 408 ')
  })

  it('lets a sender that is refused in the middle read the answer, and the next request come on the same connection', async () => {
    const { port } = await start()
    const client = await talk(port, `${head('/file', 5000)}${'x'.repeat(2000)}`)
    await until(() => client.answer.includes('body_too_large'))
    client.socket.write(`${'x'.repeat(3000)}${head('/json', 2)}{}`)
    await until(() => client.answer.includes('"length":0'))
    expect(client.closed).toBe(false)
  })
})

describe('a file that is read as it comes', () => {
  /** A server that reads with `onPiece`, and what reading came to. */
  async function start(onPiece: () => Promise<void> = () => Promise.resolve()) {
    const state: { pieces: number; outcome: unknown } = { pieces: 0, outcome: undefined }
    const read = async (request: IncomingMessage) => {
      for await (const piece of readStreamed(request, 1000)) {
        state.pieces += piece.length
        await onPiece()
      }
    }
    const server = createServer((request, response) => {
      read(request).then(
        () => {
          state.outcome = 'whole'
          response.end()
        },
        (error: unknown) => {
          state.outcome = error
        },
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => {
      server.closeAllConnections()
      server.close()
    })
    return { port: portOf(server), state }
  }

  it('ends when nothing has come for half a minute, and the connection with it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { port, state } = await start()
    const client = await talk(port, `${head('/', 100)}12345`)
    await vi.waitUntil(() => state.pieces === 5)
    vi.advanceTimersByTime(29_000)
    client.socket.write('6')
    await vi.waitUntil(() => state.pieces === 6)
    vi.advanceTimersByTime(29_000)
    expect(state.outcome).toBeUndefined()
    vi.advanceTimersByTime(1000)
    await vi.waitUntil(() => state.outcome !== undefined && client.closed)
    expect(GatewayError.from(state.outcome)).toMatchObject({ code: 'caller_gone', sent: 'no' })
  })

  it('does not blame the sender for the time that storing takes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let store = () => {}
    const stored = new Promise<void>((resolve) => {
      store = resolve
    })
    const { port, state } = await start(() => stored)
    await talk(port, `${head('/', 5)}12345`)
    await vi.waitUntil(() => state.pieces === 5)
    vi.advanceTimersByTime(100_000)
    store()
    await vi.waitUntil(() => state.outcome !== undefined)
    expect(state.outcome).toBe('whole')
  })
})
