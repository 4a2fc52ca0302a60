import { GatewayError } from '../errors.ts'
import type { Feed, SendStage } from '../feed.ts'
import { idempotencyKeyOf } from '../http/idempotency.ts'
import type { Call } from '../http/route.ts'
import type { Meter } from '../media/meter.ts'
import { type Progress, unlessAborted, unwatched } from '../media/progress.ts'
import type { Destination } from './send-inside.ts'

/** How often bytes are told of, milliseconds. */
const TELL_MS = 100

/** The sends of this process that can be followed and cancelled: those whose call has an `Idempotency-Key`. */
export class Sends {
  readonly #feed: Feed
  readonly #running = new Map<string, RunningSend>()

  constructor(feed: Feed) {
    this.#feed = feed
  }

  /**
   * Runs `work` as the send of this call; without a key nobody can follow it and nothing is kept.
   * @throws {GatewayError} send_cancelled, or what `work` throws
   */
  run<T>(call: Call, to: Destination, work: (progress: Progress) => Promise<T>): Promise<T> {
    const key = idempotencyKeyOf(call.request)
    return key === undefined ? work(unwatched) : this.#follow(key, to, work)
  }

  /**
   * Makes the send with this key fail, unless its message is on its way.
   * @returns whether it did; false too for a send of another process
   */
  cancel(tokenId: string, key: string): boolean {
    return this.#running.get(idOf(tokenId, key))?.cancel() ?? false
  }

  async #follow<T>(key: string, to: Destination, work: (progress: Progress) => Promise<T>): Promise<T> {
    const id = idOf(to.tokenId, key)
    const running = new RunningSend(this.#feed, key, to)
    this.#running.set(id, running)
    const working = work(running)
    // Once cancelled it unwinds by itself, and nobody waits for it.
    working.catch(() => undefined)
    try {
      const result = await unlessAborted(running.signal, working)
      running.end('sent')
      return result
    } catch (error) {
      running.end('failed')
      throw error
    } finally {
      if (this.#running.get(id) === running) this.#running.delete(id)
    }
  }
}

const idOf = (tokenId: string, key: string) => `${tokenId} ${key}`

class RunningSend implements Progress {
  readonly #feed: Feed
  readonly #key: string
  readonly #to: Destination
  readonly #abort = new AbortController()
  #state: 'open' | 'committed' | 'ended' = 'open'
  #stage: SendStage | undefined
  #meter: Meter = { done: 0, total: undefined }
  #newMsgId: number | null = null
  /** What was told last. */
  #told = -1
  #ticking: ReturnType<typeof setInterval> | undefined

  constructor(feed: Feed, key: string, to: Destination) {
    this.#feed = feed
    this.#key = key
    this.#to = to
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  stage(name: SendStage, meter?: Meter): void {
    // One that was cancelled may still come this far.
    if (this.#state === 'ended') return
    this.#stage = name
    if (meter) this.#meter = meter
    this.#tell()
    if (meter && this.#feed.isFollowed(this.#to.tokenId)) {
      this.#ticking ??= setInterval(() => this.#tick(), TELL_MS).unref()
    }
  }

  commit(newMsgId?: number): void {
    this.signal.throwIfAborted()
    if (this.#state === 'open') this.#state = 'committed'
    if (newMsgId === undefined) return
    this.#newMsgId = newMsgId
    this.#tell()
  }

  cancel(): boolean {
    if (this.#state !== 'open' || this.signal.aborted) return this.signal.aborted
    this.#abort.abort(new GatewayError('send_cancelled'))
    return true
  }

  end(stage: 'sent' | 'failed'): void {
    clearInterval(this.#ticking)
    this.stage(stage)
    this.#state = 'ended'
  }

  #tick(): void {
    if (this.#meter.done !== this.#told) this.#tell()
  }

  #tell(): void {
    const { tokenId, appId, toWxid } = this.#to
    const { done, total = null } = this.#meter
    this.#told = done
    if (this.#stage === undefined) return
    this.#feed.publish(tokenId, 'send', {
      key: this.#key,
      appId,
      toWxid,
      stage: this.#stage,
      done,
      total,
      newMsgId: this.#newMsgId,
    })
  }
}
