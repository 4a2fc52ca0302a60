import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Call } from './route.ts'

const HEADER = 'idempotency-key'
const KEPT_MS = 24 * 3600 * 1000
/** A first call that does not end within so long is taken for dead, milliseconds. */
const RUNNING_MS = 30 * 60 * 1000
const POLL_MS = 100

/** Keeps answers for a later call with the same key; its statements belong into the unit that makes them true. */
export interface Answers {
  /** The reply: it and what it tells of survive a crash, or neither does. */
  given(reply: unknown): Statement[]
  /** What to answer should this process die before it gives another: from here on something may have been sent. */
  feared(error: GatewayError): Statement[]
}

/** What was asked, and its answer if it has one. */
interface Stored {
  request_hash: string
  reply: string | null
  holder: string
  expires_at: number
}

/** Replays of first answers by `Idempotency-Key`, per token, for 24 hours. */
export class Idempotency {
  readonly #database: Database
  readonly #holder: string

  /** @param holder this process, unique among all that ever ran */
  constructor(database: Database, holder: string) {
    this.#database = database
    this.#holder = holder
  }

  /**
   * Runs `work` unless a call with the same key ran before: then its answer is given again, after waiting for it where
   * it is still under way. A failure that may be retried is not kept, so that the retry can succeed.
   * @throws {GatewayError} idempotency_mismatch, or what `work` throws
   */
  async once<T>(call: Call, work: (answers: Answers) => Promise<T>): Promise<T> {
    const key = keyOf(call.request)
    if (key === undefined) return work({ given: () => [], feared: () => [] })
    const { tokenId } = call.caller
    const requestHash = hashOf(call.request)
    const stored = await this.#claim(tokenId, key, requestHash)
    if (stored !== undefined) return replay<T>(stored)
    try {
      return await work({
        given: (reply) => [this.#settle(tokenId, key, { data: reply })],
        feared: (error) => [this.#fear(tokenId, key, error)],
      })
    } catch (error) {
      // The caller must hear of this failure, not of one in writing it down; an unsettled key is swept.
      await this.#fail(tokenId, key, GatewayError.from(error)).catch(() => undefined)
      throw error
    }
  }

  /** Ends calls that processes which are no longer `alive` left unfinished. */
  async sweep(alive: readonly string[]): Promise<void> {
    await this.#database.sql
      .updateTable('idempotency')
      .set(({ ref }) => ({ reply: ref('fallback'), expires_at: Date.now() + KEPT_MS }))
      .where('reply', 'is', null)
      .where('fallback', 'is not', null)
      .where('holder', 'not in', [...alive])
      .execute()
    // Nothing of these was sent.
    await this.#database.sql
      .deleteFrom('idempotency')
      .where('reply', 'is', null)
      .where('holder', 'not in', [...alive])
      .execute()
  }

  /** Forgets keys past their day; a call that did not end in time, but may have sent something, still has its day. */
  async expire(): Promise<void> {
    const { sql } = this.#database
    await sql
      .updateTable('idempotency')
      .set(({ ref }) => ({ reply: ref('fallback'), expires_at: Date.now() + KEPT_MS }))
      .where('reply', 'is', null)
      .where('fallback', 'is not', null)
      .where('expires_at', '<', Date.now())
      .execute()
    await sql.deleteFrom('idempotency').where('expires_at', '<', Date.now()).execute()
  }

  /** The stored reply, or undefined when this call is the first. */
  async #claim(tokenId: string, key: string, requestHash: string): Promise<string | undefined> {
    for (;;) {
      const row = {
        token_id: tokenId,
        key,
        request_hash: requestHash,
        reply: null,
        fallback: null,
        holder: this.#holder,
        expires_at: Date.now() + RUNNING_MS,
      }
      try {
        await this.#database.atomically([statement(this.#database.sql.insertInto('idempotency').values(row))])
        return undefined
      } catch (error) {
        if (!isFault(error, 'unique')) throw error
      }
      const stored = await this.#find(tokenId, key)
      if (!stored) continue
      // A call that did not end in time is ended like one of a dead process.
      if (stored.expires_at < Date.now()) await this.#inherit(tokenId, key, stored.holder)
      else if (stored.request_hash !== requestHash) throw new GatewayError('idempotency_mismatch')
      else if (stored.reply !== null) return stored.reply
      else if (!(await this.#isAlive(stored.holder))) await this.#inherit(tokenId, key, stored.holder)
      else await sleep(POLL_MS)
    }
  }

  /** Ends a call that will not end by itself: with what it feared, or as if it had never been. */
  async #inherit(tokenId: string, key: string, holder: string): Promise<void> {
    await this.#database.sql
      .updateTable('idempotency')
      .set(({ ref }) => ({ reply: ref('fallback'), expires_at: Date.now() + KEPT_MS }))
      .where('token_id', '=', tokenId)
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where('reply', 'is', null)
      .where('fallback', 'is not', null)
      .execute()
    await this.#forget(tokenId, key, holder)
  }

  #fear(tokenId: string, key: string, { code, reason, title, sent, retryable }: GatewayError): Statement {
    const update = this.#database.sql
      .updateTable('idempotency')
      .set({ fallback: JSON.stringify({ error: { code, reason, title, sent, retryable } }) })
      .where('token_id', '=', tokenId)
      .where('key', '=', key)
      .where('holder', '=', this.#holder)
      .where('reply', 'is', null)
    return statement(update, 1)
  }

  /** Whether the process that runs the first call still holds its lease. */
  async #isAlive(holder: string): Promise<boolean> {
    const { sql } = this.#database
    const node = sql.selectFrom('nodes').select('number').where('holder', '=', holder)
    return (await node.where('expires_at', '>=', Date.now()).executeTakeFirst()) !== undefined
  }

  #find(tokenId: string, key: string): Promise<Stored | undefined> {
    return this.#database.sql
      .selectFrom('idempotency')
      .select(['request_hash', 'reply', 'holder', 'expires_at'])
      .where('token_id', '=', tokenId)
      .where('key', '=', key)
      .executeTakeFirst()
  }

  #settle(tokenId: string, key: string, reply: unknown): Statement {
    const update = this.#database.sql
      .updateTable('idempotency')
      .set({ reply: JSON.stringify(reply), expires_at: Date.now() + KEPT_MS })
      .where('token_id', '=', tokenId)
      .where('key', '=', key)
      .where('holder', '=', this.#holder)
      .where('reply', 'is', null)
    return statement(update, 1)
  }

  async #fail(
    tokenId: string,
    key: string,
    { code, reason, title, sent, retryable }: GatewayError,
  ): Promise<void> {
    if (retryable && sent === 'no') await this.#forget(tokenId, key, this.#holder)
    else
      await this.#database.atomically([this.#settle(tokenId, key, { error: { code, reason, title, sent } })])
  }

  /** Frees the key, unless it got its answer meanwhile. */
  async #forget(tokenId: string, key: string, holder: string): Promise<void> {
    await this.#database.sql
      .deleteFrom('idempotency')
      .where('token_id', '=', tokenId)
      .where('key', '=', key)
      .where('holder', '=', holder)
      .where((is) => is.or([is('reply', 'is', null), is('expires_at', '<', Date.now())]))
      .execute()
  }
}

function replay<T>(stored: string): T {
  const { data, error } = JSON.parse(stored)
  if (error) throw new GatewayError(error.code, error)
  return data
}

function keyOf(request: FastifyRequest): string | undefined {
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
