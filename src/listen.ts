import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { systemCode } from './errors.ts'

/** For answering that the gateway is stopping, milliseconds. */
const LAST_WORDS_MS = 1000
/** Connections that wait to be taken; the system's own limit (net.core.somaxconn) stands above it. */
const BACKLOG = 4096
const IDLE_POLL_MS = 50
/**
 * For a client to say what it was about to say on a connection that it believes open: it gets its answer, and hears that
 * the connection closes. Milliseconds.
 */
const LAST_CALL_MS = 150

interface Limit {
  /** Milliseconds. */
  readonly ms: number
  readonly onReached: () => Promise<void>
}

/**
 * Serves on `host` and `port`, 0 for any free one.
 * @returns the port, and a close that lets requests in flight end for at most `limit.ms`; then `onReached` makes them
 *   fail, and what has not answered a second later is cut
 * @throws {Error} that says what to do when the port cannot be had
 */
export async function listen(
  app: FastifyInstance,
  { host, port, setting }: { host: string; port: number; setting: string },
  limit: Limit,
) {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const answers = new Set<ServerResponse>()
  app.server.on('request', (_request, response: ServerResponse) => {
    answers.add(response)
    response.once('close', () => answers.delete(response))
  })
  await app.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => {
    const code = systemCode(error)
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${port} of ${host} is taken; end its user or set ${setting} to another one.`)
    if (code === 'EADDRNOTAVAIL')
      throw new Error(`${host} is not an address of this machine; set HONGYAN_HOST.`)
    if (code === 'EACCES')
      throw new Error(`Port ${port} of ${host} needs rights that this process does not have.`)
    throw error
  })
  const address = app.server.address()
  const close = async () => {
    const reached = setTimeout(() => void limit.onReached().catch(() => undefined), limit.ms)
    const over = setTimeout(() => app.server.closeAllConnections(), limit.ms + LAST_WORDS_MS)
    // Node would close the connections that are idle at this moment, whatever is on its way on them: not those that
    // become idle when their request ends, nor those that a client opened in advance and has asked nothing on yet.
    // Fastify says so of the requests that begin from now on.
    for (const answer of answers) answer.shouldKeepAlive = false
    const closeIdle = app.server.closeIdleConnections.bind(app.server)
    app.server.closeIdleConnections = () => undefined
    const lastCall = performance.now() + LAST_CALL_MS
    const idle = setInterval(() => {
      if (performance.now() < lastCall) return
      closeIdle()
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }, IDLE_POLL_MS)
    await app.close()
    clearInterval(idle)
    clearTimeout(reached)
    clearTimeout(over)
  }
  return { port: typeof address === 'object' && address ? address.port : port, close }
}

/** How this machine reaches what listens on `host`. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
