import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Behaviour, status } from './behaviours.ts'
import { certificate } from './certificate.ts'

export * from './behaviours.ts'

/** A request that reached the origin. */
export interface Hit {
  readonly method: string
  /** With its query, as sent. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The request's body, complete when the promise settles; empty when the client went away before. */
  readonly body: Promise<Buffer>
}

/** A real HTTP server on 127.0.0.1. */
export interface Origin {
  /** `http://127.0.0.1:<port>` (or https), without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Every request, in the order of arrival. */
  readonly hits: readonly Hit[]
  /** How many sockets were ever opened to it. */
  readonly connections: number
  /** How many of them are open now. */
  readonly open: number
  /** The requests to one path; a query counts only when `path` has one. */
  hitsOf(path: string): readonly Hit[]
  /** Adds or replaces a route. */
  route(path: string, behaviour: Behaviour): void
  /** Resets every open connection, at the moment a test chooses. */
  cut(): void
  /** Cuts every connection and stops listening. */
  close(): Promise<void>
}

interface OriginOptions {
  readonly host?: string
  readonly port?: number
  /** How long an idle connection stays, milliseconds; Node's own 5 s unless given. */
  readonly keepAliveMs?: number
  /** HTTPS with the self-signed certificate of certificate.ts. */
  readonly tls?: boolean
}

/**
 * Starts an origin. One behaviour answers everything; a table answers by path (without query), and the rest is 404.
 * @example const origin = await startOrigin({ '/a.mp4': serve(bytes), '/gone': status(404) })
 */
export async function startOrigin(
  routes: Behaviour | Record<string, Behaviour> = {},
  options: OriginOptions = {},
): Promise<Origin> {
  const table = new Map(Object.entries(typeof routes === 'function' ? {} : routes))
  const fallback = typeof routes === 'function' ? routes : status(404)
  const hits: Hit[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const answer: RequestListener = (request, response) => {
    const path = request.url ?? ''
    const body = new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = []
      request.on('data', (part) => parts.push(part))
      request.on('end', () => resolve(Buffer.concat(parts)))
      request.on('close', () => resolve(Buffer.alloc(0)))
    })
    hits.push({ method: request.method ?? '', path, headers: request.headers, body })
    const behaviour = table.get(pathOf(path)) ?? fallback
    behaviour(request, response)
  }
  const server = options.tls ? createTlsServer(certificate, answer) : createServer(answer)
  if (options.keepAliveMs !== undefined) server.keepAliveTimeout = options.keepAliveMs
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  const { host = '127.0.0.1', port = 0 } = options
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const bound = portOf(server.address())

  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    hits,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    hitsOf: (path) => hits.filter((hit) => (path.includes('?') ? hit.path : pathOf(hit.path)) === path),
    route: (path, behaviour) => table.set(path, behaviour),
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the origin listens on no port')
  return address.port
}
