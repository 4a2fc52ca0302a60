import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { constants, gzipSync } from 'node:zlib'

/** How an origin answers one request. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void

interface ServeOptions {
  /** Content-Type; none when absent. */
  readonly type?: string
  /** `true` makes one from the bytes. A request that names it gets a 304. */
  readonly etag?: string | true
  /** Sent as Last-Modified; a request that names it gets a 304. */
  readonly lastModified?: string
  readonly headers?: Record<string, string>
}

/** A well-behaved file. */
export function serve(bytes: Buffer | string, options: ServeOptions = {}): Behaviour {
  const body = Buffer.from(bytes)
  const etag =
    options.etag === true ? `"${createHash('sha1').update(body).digest('hex').slice(0, 16)}"` : options.etag
  return (request, response) => {
    if (options.type) response.setHeader('content-type', options.type)
    if (etag) response.setHeader('etag', etag)
    if (options.lastModified) response.setHeader('last-modified', options.lastModified)
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value)
    const known =
      (etag !== undefined && request.headers['if-none-match'] === etag) ||
      (options.lastModified !== undefined && request.headers['if-modified-since'] === options.lastModified)
    if (known) response.writeHead(304).end()
    else response.writeHead(200, { 'content-length': body.length }).end(body)
  }
}

/** The bare status with a short text, or with `body`. */
export function status(code: number, body = `status ${code}`): Behaviour {
  return (_request, response) => {
    response.writeHead(code).end(code === 204 || code === 304 ? undefined : body)
  }
}

/** A redirect to a URL, absolute or relative; without `to` the Location header is missing. */
export function redirect(to: string | undefined, code = 302): Behaviour {
  return (_request, response) => {
    response.writeHead(code, to === undefined ? {} : { location: to }).end('moved')
  }
}

/** An HTML page where a file was expected. */
export function html(text = '<!doctype html><title>login</title><p>please log in'): Behaviour {
  return serve(text, { type: 'text/html; charset=utf-8' })
}

/** 200 without a byte; `chunked` leaves Content-Length out. */
export function empty(chunked = false): Behaviour {
  return (_request, response) => {
    response.writeHead(200, chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': 0 }).end()
  }
}

/** Takes the request and never answers. */
export function silent(): Behaviour {
  return () => {}
}

/** Closes the socket without a byte of answer. */
export function hangUp(): Behaviour {
  return (request) => {
    request.socket.destroy()
  }
}

/** Writes these exact bytes to the socket, then closes it unless `open`. The way to say what HTTP forbids. */
export function raw(bytes: Buffer | string, open = false): Behaviour {
  return ({ socket }) => {
    if (open) socket.write(bytes)
    else socket.end(bytes)
  }
}

/** Promises `missing` bytes more than it sends, then closes properly. */
export function short(bytes: Buffer, missing = 1): Behaviour {
  return raw(Buffer.concat([head(bytes.length + missing), bytes]))
}

/** Sends `extra` bytes more than it promised. */
export function long(bytes: Buffer, extra = 1): Behaviour {
  return raw(Buffer.concat([head(bytes.length), bytes, Buffer.alloc(extra, 'x')]))
}

/**
 * Sends these bytes of a longer file, then resets the connection.
 * @param framing how the end would have been marked: by its length, by the last chunk, or by the close
 */
export function reset(bytes: Buffer, framing: 'length' | 'chunked' | 'close' = 'length'): Behaviour {
  return ({ socket }) => {
    const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
    const parts = {
      length: [head(bytes.length * 2), bytes],
      chunked: [head('transfer-encoding: chunked'), chunk],
      close: [head(), bytes],
    }[framing]
    // A reset discards what is still in flight; what the client does with what it has is the point.
    socket.write(Buffer.concat(parts), () => setTimeout(() => socket.resetAndDestroy(), 30))
  }
}

/** Chunked, and the last chunk never comes: the socket is closed properly instead. */
export function cutChunked(bytes: Buffer): Behaviour {
  return raw(
    Buffer.concat([
      head('transfer-encoding: chunked'),
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
    ]),
  )
}

/** The file with neither length nor chunks: its end is the end of the connection. */
export function untilClose(bytes: Buffer): Behaviour {
  return raw(Buffer.concat([head(), bytes]))
}

/** One byte every `ms` milliseconds, as long as the other side listens. */
export function drip(ms = 10, length?: number): Behaviour {
  return (_request, response) => {
    response.writeHead(200, length === undefined ? {} : { 'content-length': length })
    let sent = 0
    const timer = setInterval(() => {
      response.write('x')
      sent += 1
      if (sent === length) response.end()
    }, ms)
    response.on('close', () => clearInterval(timer))
  }
}

/** The first `bytes` of a longer file, and then nothing. */
export function stall(bytes: Buffer, promised = bytes.length * 2 + 1): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': promised })
    response.write(bytes)
  }
}

/** Sends without end and without promising a length. */
export function endless(): Behaviour {
  return (_request, response) => {
    response.writeHead(200)
    pour(response, Number.POSITIVE_INFINITY)
  }
}

/** `length` bytes, made as they are sent; the first ones are `start`, so that a type can be recognised. */
export function big(length: number, start: Buffer = Buffer.alloc(0), options: ServeOptions = {}): Behaviour {
  return (_request, response) => {
    if (options.type) response.setHeader('content-type', options.type)
    if (typeof options.etag === 'string') response.setHeader('etag', options.etag)
    response.writeHead(200, { 'content-length': length, ...options.headers })
    response.write(start)
    pour(response, length - start.length)
  }
}

/** Gzip that opens to `length` zero bytes, though nobody asked for gzip. */
export function gzipBomb(length = 64 * 1024 ** 2): Behaviour {
  const bomb = gzipSync(Buffer.alloc(length), { level: constants.Z_BEST_COMPRESSION })
  return serve(bomb, { type: 'video/mp4', headers: { 'content-encoding': 'gzip' } })
}

/** The first request is answered by `first`, every later one by `then`: a link that can be used once. */
export function oneShot(first: Behaviour, then: Behaviour = status(404)): Behaviour {
  return inTurn(first, then)
}

/** Each request by the next behaviour; the last one stays. */
export function inTurn(...behaviours: [Behaviour, ...Behaviour[]]): Behaviour {
  let next = 0
  return (request, response) => {
    const behaviour = behaviours[Math.min(next, behaviours.length - 1)]
    next += 1
    behaviour?.(request, response)
  }
}

const block = Buffer.alloc(256 * 1024, 'hongyan ')

function pour(response: ServerResponse, length: number): void {
  let left = length
  const source = new Readable({
    highWaterMark: block.length,
    read() {
      if (left <= 0) this.push(null)
      else this.push(left >= block.length ? block : block.subarray(0, left))
      left -= block.length
    },
  })
  response.on('close', () => source.destroy())
  source.on('error', () => {}).pipe(response)
}

function head(promise?: number | string): Buffer {
  const framing = typeof promise === 'number' ? `content-length: ${promise}` : promise
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\n${framing ? `${framing}\r\n` : ''}\r\n`)
}
