import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import type { Row, Tables } from '../database/tables.ts'
import type { GatewayError } from '../errors.ts'

/** An answer is good for so long, milliseconds. */
const KEPT_MS = 24 * 3600 * 1000
/** A first call that does not end within so long is taken for dead, milliseconds. */
const RUNNING_MS = 30 * 60 * 1000

/** An `Idempotency-Key` is one token's. */
export interface Key {
  readonly tokenId: string
  readonly key: string
}

/** What was asked with a key, and its answer if it has one. */
export type StoredCall = Pick<Row<'idempotency'>, 'request_hash' | 'reply' | 'holder' | 'expires_at'>

type Where = (
  is: ExpressionBuilder<Tables, 'idempotency'>,
) => ExpressionWrapper<Tables, 'idempotency', SqlBool>

/** The rows of first calls and their answers, as the process `holder` writes them. */
export class IdempotencyRows {
  readonly #database: Database
  readonly #holder: string

  constructor(database: Database, holder: string) {
    this.#database = database
    this.#holder = holder
  }

  /** A first call begins. @returns false when the key is taken */
  async claim({ tokenId, key }: Key, requestHash: string): Promise<boolean> {
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
      return true
    } catch (error) {
      if (isFault(error, 'unique')) return false
      throw error
    }
  }

  find(key: Key): Promise<StoredCall | undefined> {
    return this.#database.sql
      .selectFrom('idempotency')
      .select(['request_hash', 'reply', 'holder', 'expires_at'])
      .where(named(key))
      .executeTakeFirst()
  }

  /** Its answer: an object with `data` or `error`. */
  settle(key: Key, answer: object): Statement {
    return this.#write(key, { reply: JSON.stringify(answer), expires_at: Date.now() + KEPT_MS })
  }

  /** What to answer should this process die. */
  fear(key: Key, error: GatewayError): Statement {
    return this.#write(key, { fallback: JSON.stringify({ error: factsOf(error) }) })
  }

  /** Keeps a failure as the answer, unless the call may succeed when it is made again. */
  async fail(key: Key, error: GatewayError): Promise<void> {
    if (error.retryable && error.sent === 'no') await this.#forget(key, this.#holder)
    else await this.#database.atomically([this.settle(key, { error: factsOf(error) })])
  }

  /** Ends a call that will not end by itself: with what it feared, or as if it had never been. */
  async inherit(key: Key, holder: string): Promise<void> {
    await this.#answerFeared((is) => is.and([named(key)(is), is('holder', '=', holder)]))
    await this.#forget(key, holder)
  }

  /** Ends calls that processes which are no longer `alive` left unfinished. */
  async sweep(alive: readonly string[]): Promise<void> {
    await this.#answerFeared((is) => is.and([is('holder', 'not in', [...alive])]))
    // Nothing of these was sent.
    await this.#database.sql
      .deleteFrom('idempotency')
      .where('reply', 'is', null)
      .where('holder', 'not in', [...alive])
      .execute()
  }

  /** Forgets keys past their day; a call that did not end in time, but may have sent something, still has its day. */
  async expire(): Promise<void> {
    await this.#answerFeared((is) => is.and([is('expires_at', '<', Date.now())]))
    await this.#database.sql.deleteFrom('idempotency').where('expires_at', '<', Date.now()).execute()
  }

  /** Whether a process still holds its lease. */
  async isAlive(holder: string): Promise<boolean> {
    const { sql } = this.#database
    const node = sql.selectFrom('nodes').select('number').where('holder', '=', holder)
    return (await node.where('expires_at', '>=', Date.now()).executeTakeFirst()) !== undefined
  }

  #write(key: Key, facts: Partial<Pick<Row<'idempotency'>, 'reply' | 'fallback' | 'expires_at'>>): Statement {
    const update = this.#database.sql
      .updateTable('idempotency')
      .set(facts)
      .where(named(key))
      .where('holder', '=', this.#holder)
      .where('reply', 'is', null)
    return statement(update, 1)
  }

  async #answerFeared(which: Where): Promise<void> {
    await this.#database.sql
      .updateTable('idempotency')
      .set(({ ref }) => ({ reply: ref('fallback'), expires_at: Date.now() + KEPT_MS }))
      .where(which)
      .where('reply', 'is', null)
      .where('fallback', 'is not', null)
      .execute()
  }

  /** Frees the key, unless it got its answer meanwhile. */
  async #forget(key: Key, holder: string): Promise<void> {
    await this.#database.sql
      .deleteFrom('idempotency')
      .where(named(key))
      .where('holder', '=', holder)
      .where((is) => is.or([is('reply', 'is', null), is('expires_at', '<', Date.now())]))
      .execute()
  }
}

function named({ tokenId, key }: Key): Where {
  return (is) => is.and([is('token_id', '=', tokenId), is('key', '=', key)])
}

function factsOf({ code, reason, title, sent, retryable }: GatewayError) {
  return { code, reason, title, sent, retryable }
}
