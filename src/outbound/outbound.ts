import { lookup as systemLookup } from 'node:dns/promises'
import { GatewayError } from '../errors.ts'
import { createPermits } from './addresses.ts'
import type { Door, Lookup, OutboundConfig } from './connection.ts'
import { type Exchanged, type ExchangeOptions, exchange } from './exchange.ts'
import { get } from './get.ts'
import { IdleConnections } from './idle.ts'
import { Lifetime } from './lifetime.ts'
import { readLink } from './link.ts'
import { post } from './post.ts'

export type { Exchanged, ExchangeOptions } from './exchange.ts'

/** The answer of a GET whose headers have come and whose body waits. */
export interface Fetched {
  /** 200 or 304; everything else was refused. */
  readonly status: number
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly contentType: string | undefined
  /** Content-Length in bytes, when the origin promises one. */
  readonly length: number | undefined
  /**
   * The bytes, once. Leaving the loop early closes the socket.
   * Throws a GatewayError (fetch_interrupted, fetch_timeout, fetch_too_large, fetch_empty) or the abort reason.
   */
  readonly body: AsyncIterable<Buffer>
  /** Closes the socket; a loop that runs fails with fetch_interrupted. Nothing else is needed to let go of a body. */
  cancel(): void
}

export interface GetOptions {
  /** Sent at every hop; `authorization` and `cookie` only to the first origin. */
  readonly headers?: Readonly<Record<string, string>>
  /** Largest body taken, by promise and by count. */
  readonly maxBytes: number
  /** Its reason is thrown as it is. */
  readonly signal: AbortSignal
  /** The field the link came from, such as `videoUrl`; every reason starts with it. */
  readonly subject: string
  /** The operator configured this host himself: it may be anywhere. A redirect to another origin may not. */
  readonly trusted?: boolean
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** From the look-up to the answer, milliseconds; reading the answer's body falls under it too. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly subject: string
}

/** The one door to addresses that a caller gave. */
export interface Outbound {
  /**
   * Exactly one GET to the link and to each of at most 5 redirects: no HEAD, no Range, no second try.
   * Time limits come from the settings; answer headers are limited to 16 KiB.
   * @throws {GatewayError} url_invalid, url_forbidden, fetch_unreachable, fetch_timeout, fetch_status,
   * fetch_redirects, fetch_interrupted, fetch_too_large, fetch_empty; or the abort reason as it is
   */
  get(url: string, options: GetOptions): Promise<Fetched>
  /**
   * One POST; any HTTP answer counts and no redirect is followed. At most 64 KiB of the answer are read.
   * @throws {GatewayError} url_invalid, url_forbidden, fetch_unreachable, fetch_timeout, and fetch_status when the
   * answer is not HTTP; or the abort reason as it is
   */
  post(url: string, options: PostOptions): Promise<{ status: number }>
  /**
   * One request with whatever body, and its answer; any HTTP status counts and no redirect is followed. Always on a
   * fresh socket and never repeated. Every failure after the socket was open has `sent` unknown.
   * @throws {GatewayError} url_invalid, url_forbidden, fetch_unreachable: certainly nothing was written;
   * fetch_timeout, fetch_interrupted, fetch_too_large (of the answer), shutting_down; what a streamed body throws, or
   * the abort reason, as they are
   */
  exchange(url: string, options: ExchangeOptions): Promise<Exchanged>
  /**
   * What can be said of a link without resolving its name.
   * @throws {GatewayError} url_invalid, url_forbidden
   */
  check(url: string, subject: string): URL
  /** Stops everything under way with shutting_down. */
  close(): Promise<void>
}

interface Parts {
  /** All addresses of a name; the system's resolver unless given. */
  readonly lookup?: Lookup
  readonly userAgent?: string
}

/** Builds the door. What it lets through is decided by `config` alone; see addresses.ts for the rule. */
export function createOutbound(config: OutboundConfig, parts: Parts = {}): Outbound {
  const door: Door = {
    config,
    permits: createPermits(config.fetchAllow),
    lookup: parts.lookup ?? ((host) => systemLookup(host, { all: true })),
    userAgent: parts.userAgent ?? 'Hongyan',
  }
  const idle = new IdleConnections()
  const running = new Set<Lifetime>()
  let closed = false

  const begin = (totalMs: number, subject: string, signal: AbortSignal | undefined): Lifetime => {
    if (closed) throw new GatewayError('shutting_down')
    signal?.throwIfAborted()
    const late = () =>
      new GatewayError('fetch_timeout', { reason: `${subject} 在 ${totalMs} 毫秒内没有完成，请稍后重试` })
    const lifetime = new Lifetime({ totalMs, late, signal, onEnd: (ended) => running.delete(ended) })
    running.add(lifetime)
    return lifetime
  }

  return {
    async get(url, options) {
      const lifetime = begin(config.fetchTotalTimeoutMs, options.subject, options.signal)
      try {
        return await get({ door, idle, lifetime, options }, url)
      } catch (error) {
        lifetime.end()
        throw error
      }
    },
    async post(url, options) {
      const lifetime = begin(options.timeoutMs, options.subject, options.signal)
      try {
        return await post(door, lifetime, url, options)
      } finally {
        lifetime.end()
      }
    },
    exchange: (url, options) =>
      exchange(door, () => begin(options.timeoutMs, options.subject, options.signal), url, options),
    check: (url, subject) => readLink(url, subject, door.permits),
    async close() {
      closed = true
      for (const lifetime of running) lifetime.stop(new GatewayError('shutting_down'))
      idle.close()
    },
  }
}
