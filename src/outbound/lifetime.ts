import type { Connection } from './connection.ts'

interface Terms {
  readonly totalMs: number
  /** What the request fails with when `totalMs` have passed. */
  readonly late: () => Error
  readonly signal: AbortSignal | undefined
  readonly onEnd: (lifetime: Lifetime) => void
}

/** One request from its first look-up to its last byte: the one place that can stop it, and knows why it stopped. */
export class Lifetime {
  readonly #terms: Terms
  readonly #deadline: NodeJS.Timeout
  readonly #onAbort: () => void
  #connection: Connection | undefined
  #stopped: { readonly reason: unknown } | undefined
  #ended = false

  constructor(terms: Terms) {
    this.#terms = terms
    this.#deadline = setTimeout(() => this.stop(terms.late()), terms.totalMs)
    this.#onAbort = () => this.stop(terms.signal?.reason)
    terms.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Makes this the connection that a stop or the end closes; the one before must be done. */
  use(connection: Connection): void {
    this.throwIfStopped()
    this.#connection = connection
  }

  /** Takes the connection out of our hands, open. */
  release(): void {
    this.#connection = undefined
  }

  /** Gives up: whatever waits on the connection fails with `reason`. The first reason counts. */
  stop(reason: unknown): void {
    if (this.#ended || this.#stopped) return
    this.#stopped = { reason }
    this.#connection?.destroy(reason instanceof Error ? reason : new Error('stopped', { cause: reason }))
    this.end()
  }

  /** Why it was stopped, once it was. */
  get stopped(): { readonly reason: unknown } | undefined {
    return this.#stopped
  }

  throwIfStopped(): void {
    if (this.#stopped) throw this.#stopped.reason
  }

  /** Clears the clock and closes the connection. Safe to call again. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#deadline)
    this.#terms.signal?.removeEventListener('abort', this.#onAbort)
    this.#connection?.destroy()
    this.#terms.onEnd(this)
  }
}
