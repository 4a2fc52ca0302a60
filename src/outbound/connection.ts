import { isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector, Client, type Dispatcher } from 'undici'
import type { Config } from '../config.ts'
import { systemCode } from '../errors.ts'
import type { Permits } from './addresses.ts'
import { holdWriteFaults, makePatient } from './patient-socket.ts'
import { refusedAddress } from './reasons.ts'
import { Received } from './received.ts'

/** All addresses of a name, in the order they should be tried. */
export type Lookup = (host: string) => Promise<readonly { address: string; family: number }[]>

export type OutboundConfig = Pick<
  Config,
  'fetchAllow' | 'fetchConnectTimeoutMs' | 'fetchIdleTimeoutMs' | 'fetchTotalTimeoutMs' | 'fetchMinRate'
>

/** What every request of one door shares. */
export interface Door {
  readonly config: OutboundConfig
  readonly permits: Permits
  readonly lookup: Lookup
  readonly userAgent: string
}

/** The same door for a host that the operator configured himself: the rule for addresses does not apply there. */
export function opened(door: Door): Door {
  return { ...door, permits: () => true }
}

const maxHeaderBytes = 16 * 1024
/** Shorter than the idle time of any common server, so that we close first. */
const keepAliveMs = 2000

/**
 * One socket to one origin, with its own undici client: a fault of the socket can be told apart from those of its
 * neighbours, and nothing is ever sent again behind our back. The name is resolved once, when the socket opens, and
 * the socket goes to an address of that very answer, after all of them were found permitted.
 */
export class Connection {
  readonly origin: string
  /** Set when the other side reset the socket. undici takes that for the end of a body that has no length. */
  reset = false
  /** What the present answer has brought. */
  readonly received = new Received()
  /** Whether the socket can take another request. */
  alive = false
  /** Whether the socket was ever open, TLS included. Before that nothing of a request can have left. */
  connected = false
  /** Called when the socket closes by itself. */
  onClosed: (() => void) | undefined
  readonly #client: Client
  #socket: Socket | undefined
  #idle: { readonly ms: number; readonly onIdle: () => void } | undefined
  readonly #abort = new AbortController()

  constructor(url: URL, subject: string, door: Door) {
    this.origin = url.origin
    const { fetchConnectTimeoutMs: timeout, fetchIdleTimeoutMs: idle } = door.config
    const connect = buildConnector({
      timeout,
      maxCachedSessions: 0,
      allowHalfOpen: true,
      lookup: guarded(door, subject),
      // Node gives each of several addresses 250 ms, less than a round trip to another continent.
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(timeout / 4)),
      signal: this.#abort.signal,
    })
    this.#client = new Client(url.origin, {
      connect: (options, callback) => {
        // A literal address never reaches the look-up.
        if (isIP(options.hostname) && !door.permits(options.hostname)) {
          callback(refusedAddress(subject, options.hostname, options.hostname), null)
          return
        }
        connect(options, (...outcome) => {
          const [, socket] = outcome
          if (socket) {
            this.#socket = socket
            makePatient(socket)
            holdWriteFaults(socket)
            this.received.watch(socket)
            this.#watchIdle()
          }
          socket?.once('error', (error) => {
            this.reset ||= systemCode(error) === 'ECONNRESET'
          })
          callback(...outcome)
        })
      },
      allowH2: false,
      headersTimeout: idle,
      bodyTimeout: idle,
      maxHeaderSize: maxHeaderBytes,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
    })
    this.#client.on('connect', () => {
      this.alive = true
      this.connected = true
    })
    this.#client.on('disconnect', () => {
      this.alive = false
      this.onClosed?.()
    })
  }

  /** Sends one request. The body of the answer never raises an unhandled error. */
  async send(request: Omit<Dispatcher.RequestOptions, 'origin'>): Promise<Dispatcher.ResponseData> {
    this.received.begin()
    const response = await this.#client.request(request)
    response.body.on('error', () => {})
    return response
  }

  /**
   * Calls `onIdle` when the open socket neither brings nor takes a byte for `ms`; of a large piece every part that
   * left counts. Replaces what was asked before.
   */
  limitIdle(ms: number, onIdle: () => void): void {
    if (this.#idle) this.#socket?.off('timeout', this.#idle.onIdle)
    this.#idle = { ms, onIdle }
    this.#watchIdle()
  }

  #watchIdle(): void {
    if (this.#idle) this.#socket?.setTimeout(this.#idle.ms, this.#idle.onIdle)
  }

  /** Closes the socket, also one that is still connecting; what waits on it fails with `error`. */
  destroy(error: Error | null = null): void {
    this.alive = false
    this.#client.destroy(error, () => {})
    this.#abort.abort()
  }
}

/** A look-up that fails as a whole when one of the addresses is not permitted. */
function guarded(door: Door, subject: string): LookupFunction {
  return (host, _options, callback) => {
    door.lookup(host).then(
      (found) => {
        const refused = found.find(({ address }) => !door.permits(address))
        if (refused) callback(refusedAddress(subject, host, refused.address), [])
        else if (found.length === 0) callback(Object.assign(new Error('no address'), { code: 'ENODATA' }), [])
        else callback(null, [...found])
      },
      (error) => callback(error, []),
    )
  }
}
