import { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { systemCode } from '../errors.ts'
import { NoAnswer, Refused } from './refusals.ts'
import { FileFault, type FileSource, piecesOf } from './source.ts'

/** What a gateway answers. */
export interface Reply {
  readonly ret: number
  readonly msg: string
  readonly data?: unknown
}

/** The gateway itself gives a send up after half an hour. */
const ANSWER_MS = 31 * 60_000
const CONNECT_MS = 10_000
/** The live feed says something every 15 seconds. */
const FEED_SILENCE_MS = 60_000
const MAX_REPLY = 1024 * 1024
/** With these nothing was ever connected. */
const unconnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

type CallOptions = Omit<Dispatcher.RequestOptions, 'path' | 'headers'> & {
  readonly headers: Record<string, string>
}

/** A gateway as its callers know it. */
export class Api implements AsyncDisposable {
  readonly #baseUrl: string
  readonly #token: () => string
  readonly #agent = new Agent({ headersTimeout: ANSWER_MS, connect: { timeout: CONNECT_MS } })

  /** @param token asked before every call: a pass lives ten minutes, an upload may live longer */
  constructor(baseUrl: string, token: () => string) {
    this.#baseUrl = baseUrl
    this.#token = token
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  /** @throws {Refused | NoAnswer} */
  async post(
    path: string,
    body: object,
    { headers, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Reply> {
    return this.#call(path, {
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
  }

  /**
   * Hands a file over, as it is read.
   * @returns where the gateway has it
   * @throws {Refused | NoAnswer | FileFault}
   */
  async upload(file: FileSource, onBytes: (count: number) => void, signal: AbortSignal): Promise<string> {
    let fault: FileFault | undefined
    const body = Readable.from(piecesOf(file, onBytes), { objectMode: false }).on('error', (error) => {
      // A broken connection is told to the stream too.
      if (error instanceof FileFault) fault = error
    })
    const { data } = await this.#call(`/tools/uploadFile?name=${encodeURIComponent(file.name)}`, {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.size) },
      body,
      signal,
    }).catch((error: unknown) => {
      throw fault ?? error
    })
    const url = typeof data === 'object' && data && 'fileUrl' in data ? data.fileUrl : undefined
    if (typeof url === 'string') return url
    throw new NoAnswer('The gateway did not say where it put the file', { arrived: true })
  }

  /**
   * What happens under the token, as server-sent events.
   * @param last id of the last one that was seen, or empty
   * @returns undefined where there is no such feed
   * @throws {Error} where the gateway cannot be reached
   */
  async openFeed(last: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { statusCode, headers, body } = await this.#request('/live', {
      method: 'GET',
      headers: last ? { 'last-event-id': last } : {},
      headersTimeout: CONNECT_MS,
      bodyTimeout: FEED_SILENCE_MS,
      signal,
    })
    if (statusCode === 200 && String(headers['content-type']).startsWith('text/event-stream')) return body
    await body.dump()
    return undefined
  }

  async #call(path: string, options: Omit<CallOptions, 'method'>): Promise<Reply> {
    try {
      const { statusCode, body } = await this.#request(path, { method: 'POST', ...options })
      const reply = replyIn(await read(body))
      if (!reply)
        throw new NoAnswer(`${this.#baseUrl} answers like no gateway (HTTP ${statusCode})`, { arrived: true })
      if (reply.ret !== 200) throw new Refused(reply)
      return reply
    } catch (error) {
      if (error instanceof Refused || error instanceof NoAnswer) throw error
      const code = systemCode(error) ?? 'connection broken'
      const arrived = !unconnected.has(code)
      const words = arrived ? 'broke the connection off' : 'does not answer'
      throw new NoAnswer(`The gateway at ${this.#baseUrl} ${words} (${code})`, { arrived, cause: error })
    }
  }

  #request(path: string, options: CallOptions): Promise<Dispatcher.ResponseData> {
    const { origin, pathname } = new URL(this.#baseUrl)
    const headers = { ...options.headers, 'x-gewe-token': this.#token() }
    return this.#agent.request({
      ...options,
      origin,
      path: `${pathname.replace(/\/+$/, '')}${path}`,
      headers,
    })
  }
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > MAX_REPLY) throw new Error('the reply is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function replyIn(text: string): Reply | undefined {
  const value = parsed(text)
  if (typeof value !== 'object' || !value || !('ret' in value) || !('msg' in value)) return undefined
  const { ret, msg } = value
  if (typeof ret !== 'number' || typeof msg !== 'string') return undefined
  return { ret, msg, ...('data' in value && { data: value.data }) }
}

/** JSON, or undefined. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
