import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** Longest JSON body that is read. */
const maxJsonBytes = 4 * 1024 * 1024

/** An HTTP server on a free port of 127.0.0.1 that can be closed with its connections. */
export async function listen(answer: RequestListener) {
  const server = createServer({ highWaterMark: 256 * 1024 }, answer)
  // An idle connection that closes just as a client uses it again would fail a test by chance.
  server.keepAliveTimeout = 120_000
  server.requestTimeout = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the rig listens on no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The body as text; `undefined` when the client went away or sends more than 4 MiB. */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request) {
      length += part.length
      if (length > maxJsonBytes) return undefined
      parts.push(part)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(parts).toString()
}
