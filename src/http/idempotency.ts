import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { Database, Statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { type Hold, Holds } from './holds.ts'
import { IdempotencyRows, type Key } from './idempotency-rows.ts'
import type { Call } from './route.ts'

const HEADER = 'idempotency-key'
const POLL_MS = 100

/** Keeps answers for a later call with the same key; its statements belong into the unit that makes them true. */
export interface Answers {
  /** The reply: it and what it tells of survive a crash, or neither does. */
  given(reply: unknown): Statement[]
  /** What to answer should this process die before it gives another: from here on something may have been sent. */
  feared(error: GatewayError): Statement[]
}

/** Replays of first answers by `Idempotency-Key`, per token, for 24 hours. */
export class Idempotency {
  readonly #rows: IdempotencyRows
  readonly #holder: string
  /** The keys of calls under way in this process. */
  readonly #holds = new Holds()

  /** @param holder this process, unique among all that ever ran */
  constructor(database: Database, holder: string) {
    this.#rows = new IdempotencyRows(database, holder)
    this.#holder = holder
  }

  /**
   * Runs `work` unless a call with the same key ran before: then its answer is given again, after waiting for it where
   * it is still under way. A failure that may be retried is not kept, so that the retry can succeed.
   * @throws {GatewayError} idempotency_mismatch, or what `work` throws
   */
  async once<T>(call: Call, work: (answers: Answers) => Promise<T>): Promise<T> {
    const name = idempotencyKeyOf(call.request)
    if (name === undefined) return work({ given: () => [], feared: () => [] })
    const key = { tokenId: call.caller.tokenId, key: name }
    const claimed = await this.#claim(key, hashOf(call.request))
    if ('reply' in claimed) return replay<T>(claimed.reply)
    try {
      return await work({
        given: (reply) => [this.#rows.settle(key, { data: reply })],
        feared: (error) => [this.#rows.fear(key, error)],
      })
    } catch (error) {
      // The caller must hear of this failure, not of one in writing it down; an unsettled key is swept.
      await this.#rows.fail(key, GatewayError.from(error)).catch(() => undefined)
      throw error
    } finally {
      claimed.release()
    }
  }

  /** Ends calls that processes which are no longer `alive` left unfinished. */
  sweep(alive: readonly string[]): Promise<void> {
    return this.#rows.sweep(alive)
  }

  /** Forgets keys past their day. */
  expire(): Promise<void> {
    return this.#rows.expire()
  }

  /** The stored reply, or the hold on the key when this call is the first. */
  async #claim(key: Key, requestHash: string): Promise<{ readonly reply: string } | Hold> {
    const id = `${key.tokenId} ${key.key}`
    for (;;) {
      const claimed = await this.#holds.inTurn(id, () => this.#tryToClaim(id, key, requestHash))
      if (claimed !== 'running' && claimed !== 'freed') return claimed
      if (claimed === 'running') await sleep(POLL_MS)
    }
  }

  async #tryToClaim(
    id: string,
    key: Key,
    requestHash: string,
  ): Promise<{ readonly reply: string } | Hold | 'running' | 'freed'> {
    if (await this.#rows.claim(key, requestHash)) return this.#holds.take(id)
    const stored = await this.#rows.find(key)
    if (!stored) return 'freed'
    const isOver = stored.expires_at < Date.now()
    if (!isOver && stored.request_hash !== requestHash) throw new GatewayError('idempotency_mismatch')
    if (!isOver && stored.reply !== null) return { reply: stored.reply }
    // A call that did not end in time, or could not write down how it ended, is ended like one of a dead process.
    if (!isOver && (await this.#isUnderWay(id, stored.holder))) return 'running'
    await this.#rows.inherit(key, stored.holder)
    return 'freed'
  }

  async #isUnderWay(id: string, holder: string): Promise<boolean> {
    return holder === this.#holder ? this.#holds.has(id) : this.#rows.isAlive(holder)
  }
}

function replay<T>(stored: string): T {
  const { data, error } = JSON.parse(stored)
  if (error) throw new GatewayError(error.code, error)
  return data
}

/**
 * The call's `Idempotency-Key`, if it has one.
 * @throws {GatewayError} request_invalid
 */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers[HEADER]
  if (header === undefined) return undefined
  const key = Array.isArray(header) ? header[0] : header
  if (key && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new GatewayError('request_invalid', { reason: 'Idempotency-Key 应为 1 到 255 个可见的 ASCII 字符' })
}

function hashOf({ routeOptions, body }: FastifyRequest): string {
  const path = routeOptions.url?.replace(/^.*(\/[^/]+\/[^/]+)$/, '$1')
  return createHash('sha256')
    .update(`${path} ${flat(body)}`)
    .digest('hex')
}

/** @throws {GatewayError} body_invalid for nesting that no stack holds */
function flat(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch (error) {
    throw new GatewayError('body_invalid', { reason: '请求体嵌套过深，请只传文档中的字段', cause: error })
  }
}
