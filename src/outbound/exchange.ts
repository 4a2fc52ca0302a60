import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { GatewayError } from '../errors.ts'
import { Connection, type Door, opened } from './connection.ts'
import type { Lifetime } from './lifetime.ts'
import { readLink } from './link.ts'
import { exchangeFault } from './reasons.ts'

/** Bytes that are written as they come; the length is promised beforehand. */
export interface StreamedBody {
  /** Each is done with before the next is asked for. Closed in any case once it was begun. */
  readonly pieces: AsyncIterable<Buffer>
  readonly length: number
}

export interface ExchangeOptions {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer | StreamedBody
  /** From the look-up to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number
  /** How long the socket may neither take nor bring a byte while the body is written, milliseconds; 4 times as long after. */
  readonly idleMs?: number
  /** Largest answer taken. */
  readonly maxAnswerBytes: number
  /** The answer's body is worth nothing by itself: it may break off, and is cut where it is too large. */
  readonly headersSuffice?: boolean
  /** Its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined
  /** What is spoken to, for the reasons. */
  readonly subject: string
  /** The operator configured this host himself: it may be anywhere. */
  readonly trusted?: boolean
}

export interface Exchanged {
  readonly status: number
  /** Names in lower case; the first of several values. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Once the body was handed over, its end may still wait in the buffers of a slow line. */
const answerPatience = 4

/** See `Outbound.exchange`. */
export async function exchange(
  door: Door,
  begin: () => Lifetime,
  text: string,
  options: ExchangeOptions,
): Promise<Exchanged> {
  const { subject, body, trusted, signal } = options
  const upload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? undefined : body
  let lifetime: Lifetime | undefined
  try {
    lifetime = begin()
    const gate = trusted ? opened(door) : door
    const url = readLink(text, subject, gate.permits)
    const connection = new Connection(url, subject, gate)
    const writer = upload && new Writer(upload, subject)
    try {
      limitIdle(connection, lifetime, options, writer)
      lifetime.use(connection)
      const response = await connection.send({
        method: options.method,
        path: `${url.pathname}${url.search}`,
        reset: true,
        // The caller's time limit holds.
        headersTimeout: 0,
        bodyTimeout: 0,
        headers: {
          'user-agent': door.userAgent,
          accept: '*/*',
          'accept-encoding': 'identity',
          ...options.headers,
          ...(upload && { 'content-length': String(upload.length) }),
        },
        body: writer?.body ?? (typeof body === 'string' || Buffer.isBuffer(body) ? body : null),
      })
      return {
        status: response.statusCode,
        headers: firstOf(response.headers),
        body: await readAnswer(response, options),
      }
    } catch (error) {
      const stopped = lifetime.stopped
      if (!stopped && writer?.fault) throw writer.fault.reason
      if (stopped && signal?.aborted && stopped.reason === signal.reason) throw stopped.reason
      const { fetchConnectTimeoutMs: connectTimeoutMs } = door.config
      throw exchangeFault(stopped ? stopped.reason : error, {
        subject,
        url,
        connectTimeoutMs,
        open: connection.connected,
      })
    }
  } finally {
    lifetime?.end()
  }
}

/** Feeds a body to undici and remembers whether the body itself failed. */
class Writer {
  fault: { readonly reason: unknown } | undefined
  /** Called when the last piece was handed over. */
  onWritten: (() => void) | undefined
  /** undici takes any iterable and waits for the socket to drain before it asks for more; only its types do not say so. */
  readonly body: Readable
  readonly #subject: string

  constructor(upload: StreamedBody, subject: string) {
    this.#subject = subject
    this.body = this.#pieces(upload) as unknown as Readable
  }

  async *#pieces({ pieces: source, length }: StreamedBody): AsyncGenerator<Buffer> {
    const pieces = source[Symbol.asyncIterator]()
    let left = length
    try {
      for (;;) {
        // Only here: what is thrown at the yield is the network's fault.
        const next = await pieces.next().catch((error) => this.#fail(error))
        if (next.done) break
        left -= next.value.length
        if (left < 0) this.#fail(this.#wrongLength(length))
        yield next.value
      }
      if (left > 0) this.#fail(this.#wrongLength(length))
      this.onWritten?.()
    } finally {
      await pieces.return?.()
    }
  }

  #fail(reason: unknown): never {
    this.fault = { reason }
    throw reason
  }

  #wrongLength(length: number): GatewayError {
    return new GatewayError('storage_failed', {
      reason: `要发往 ${this.#subject} 的文件不是登记的 ${length} 字节，可能已损坏，请重新发送原文件`,
      sent: 'unknown',
    })
  }
}

function limitIdle(
  connection: Connection,
  lifetime: Lifetime,
  { idleMs, subject }: ExchangeOptions,
  writer: Writer | undefined,
): void {
  if (idleMs === undefined) return
  const limit = (ms: number) =>
    connection.limitIdle(ms, () =>
      lifetime.stop(
        new GatewayError('fetch_timeout', { reason: `${subject} 超过 ${ms} 毫秒没有任何进展，请稍后重试` }),
      ),
    )
  limit(idleMs)
  if (writer) writer.onWritten = () => limit(idleMs * answerPatience)
}

async function readAnswer(response: Dispatcher.ResponseData, options: ExchangeOptions): Promise<Buffer> {
  const { maxAnswerBytes, headersSuffice = false, subject } = options
  const body: AsyncIterable<Buffer> = response.body
  const parts: Buffer[] = []
  let received = 0
  try {
    for await (const part of body) {
      received += part.length
      if (received > maxAnswerBytes) {
        if (headersSuffice) break
        throw new GatewayError('fetch_too_large', {
          reason: `${subject} 的回答超过了 ${maxAnswerBytes} 字节，无法处理，请检查服务器地址`,
        })
      }
      parts.push(part)
    }
  } catch (error) {
    if (!headersSuffice) throw error
  }
  return Buffer.concat(parts)
}

function firstOf(headers: Dispatcher.ResponseData['headers']): Exchanged['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
}
