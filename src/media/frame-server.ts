import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RandomAccess } from './window.ts'

/** A source, readable by one local program for a moment. */
interface FrameServer {
  /** Loopback address with an unguessable path. */
  readonly url: string
  /** Cuts open connections and frees the port. */
  close(): Promise<void>
}

const chunkBytes = 256 * 1024

/**
 * Serves `source` with ranges on a free port of 127.0.0.1, so that a program that must seek gets plain bytes which
 * are never written to disk. Everything but the one path is 404.
 */
export async function serveFrames(source: RandomAccess): Promise<FrameServer> {
  const path = `/${randomBytes(24).toString('hex')}`
  const server = createServer((request, response) => {
    answer(source, path, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  source: RandomAccess,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url !== path || request.method !== 'GET') {
    response.writeHead(404).end()
    return
  }
  const range = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = range?.[2] ? Math.min(Number(range[2]) + 1, source.length) : source.length
  if (start >= end) {
    response.writeHead(416, { 'content-range': `bytes */${source.length}` }).end()
    return
  }
  response.writeHead(range ? 206 : 200, {
    'accept-ranges': 'bytes',
    'content-length': end - start,
    'content-type': 'application/octet-stream',
    ...(range && { 'content-range': `bytes ${start}-${end - 1}/${source.length}` }),
  })
  await pipeline(Readable.from(chunks(source, start, end), { highWaterMark: 1 }), response)
}

async function* chunks(source: RandomAccess, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += chunkBytes) yield source.read(at, Math.min(at + chunkBytes, end))
}
