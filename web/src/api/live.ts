import type { FeedEvents } from '../../../src/feed.ts'
import { call } from './call.ts'

export type Connection = 'connecting' | 'open' | 'lost'

/** Milliseconds without a sign of life, after which the connection is made anew; the gateway sends one every 15 s. */
const SILENT_MS = 40_000

/**
 * The one connection to the gateway's live feed, which tells what happens there. Each event is a hint: the truth is what
 * a query answers. A browser resumes the connection by itself, from the last event it saw.
 */
export class Live {
  readonly #listeners = new Map<keyof FeedEvents, Set<(event: never) => void>>()
  readonly #watchers = new Set<(connection: Connection) => void>()
  #source: EventSource | undefined
  #connection: Connection = 'connecting'
  #heardAt = 0
  #timer: ReturnType<typeof setInterval> | undefined

  get connection(): Connection {
    return this.#connection
  }

  /** Hears of each event of `kind`. @returns stops */
  on<K extends keyof FeedEvents>(kind: K, listener: (event: FeedEvents[K]) => void): () => void {
    const set = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, set)
    set.add(listener as (event: never) => void)
    return () => set.delete(listener as (event: never) => void)
  }

  /** Hears of each change of the connection. @returns stops */
  watch(watcher: (connection: Connection) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Does nothing where it is open already. */
  open(): void {
    if (this.#source) return
    this.#connect()
    this.#timer = setInterval(() => {
      const stale = Date.now() - this.#heardAt > SILENT_MS
      if (stale || this.#source?.readyState === EventSource.CLOSED) this.#reconnect()
    }, 5000)
    addEventListener('online', this.#reconnect)
  }

  close(): void {
    removeEventListener('online', this.#reconnect)
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#source?.close()
    this.#source = undefined
    this.#become('connecting')
  }

  /** A new connection has no last event to resume from, and so begins with a `reset`, as the first one does. */
  readonly #reconnect = () => {
    this.#source?.close()
    this.#connect()
  }

  #connect(): void {
    const source = new EventSource('/console/api/live')
    this.#source = source
    this.#heardAt = Date.now()
    source.onopen = () => this.#become('open')
    source.onerror = () => {
      this.#become('lost')
      // The gateway refused. Where the session is over, the answer to any call leads to the sign-in page.
      if (source.readyState === EventSource.CLOSED) call('/console/session').catch(() => undefined)
    }
    source.addEventListener('ping', () => this.#heard())
    for (const kind of ['message', 'send', 'device', 'reset'] as const) {
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        this.#heard()
        this.#emit(kind, JSON.parse(data))
      })
    }
  }

  #heard(): void {
    this.#heardAt = Date.now()
    this.#become('open')
  }

  #become(connection: Connection): void {
    if (connection === this.#connection) return
    this.#connection = connection
    for (const watcher of this.#watchers) watcher(connection)
  }

  #emit<K extends keyof FeedEvents>(kind: K, event: FeedEvents[K]): void {
    for (const listener of this.#listeners.get(kind) ?? [])
      (listener as (event: FeedEvents[K]) => void)(event)
  }
}

export const live = new Live()
