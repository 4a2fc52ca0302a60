import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type Database, isFault, statement } from '../database/database.ts'
import { prepared } from '../database/prepared.ts'
import type { Row } from '../database/tables.ts'
import type { Caller } from '../http/auth.ts'

/** How long a token that was found good is not looked up again; a revoked one works for so long at most, milliseconds. */
const TRUST_MS = 3000
const MAX_TRUSTED = 10_000

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

const selectToken = prepared<{ hash: string }>((sql, { hash }) =>
  sql.selectFrom('tokens').select('id').where('hash', '=', hash).where('revoked_at', 'is', null),
)

export type TokenRow = Pick<Row<'tokens'>, 'id' | 'name' | 'created_at' | 'revoked_at'>

/** The callers' credentials. Only their hashes are kept. */
export class Tokens {
  readonly #database: Database
  readonly #trusted = new Map<string, { caller: Caller; until: number }>()

  constructor(database: Database) {
    this.#database = database
  }

  /** The caller that holds `token`, or undefined for an unknown or revoked one. */
  async find(token: string): Promise<Caller | undefined> {
    const now = Date.now()
    const trusted = this.#trusted.get(token)
    if (trusted && trusted.until > now) return trusted.caller
    const hash = hashOf(token)
    const { rows } = await this.#database.sql.executeQuery(selectToken(this.#database, { hash }))
    const row = rows[0] as { id: string } | undefined
    if (!row) {
      this.#trusted.delete(token)
      return undefined
    }
    if (this.#trusted.size >= MAX_TRUSTED) this.#trusted.clear()
    const caller = { tokenId: row.id }
    this.#trusted.set(token, { caller, until: now + TRUST_MS })
    return caller
  }

  /** The caller of a token by its id, or undefined for a revoked one. */
  async byId(tokenId: string): Promise<Caller | undefined> {
    const live = this.#database.sql.selectFrom('tokens').select('id').where('id', '=', tokenId)
    const row = await live.where('revoked_at', 'is', null).executeTakeFirst()
    return row && { tokenId: row.id }
  }

  /** Makes `token` exist, unless it does or did. */
  async ensure(token: string, name: string): Promise<'made' | 'existed'> {
    const row = {
      id: `tok_${randomUUID()}`,
      name,
      hash: hashOf(token),
      created_at: Date.now(),
      revoked_at: null,
    }
    try {
      await this.#database.atomically([statement(this.#database.sql.insertInto('tokens').values(row))])
      return 'made'
    } catch (error) {
      if (isFault(error, 'unique')) return 'existed'
      throw error
    }
  }

  /** A new token: 32 hex digits, as GeWe's are (contract 2.6). It can be shown now and never again. */
  async create(name: string): Promise<string> {
    const token = randomBytes(16).toString('hex')
    await this.ensure(token, name)
    return token
  }

  /** All tokens ever made, the oldest first. */
  list(): Promise<TokenRow[]> {
    const columns = ['id', 'name', 'created_at', 'revoked_at'] as const
    return this.#database.sql.selectFrom('tokens').select(columns).orderBy('created_at').execute()
  }

  /** Ends every live token with this id or name; returns how many. */
  async revoke(idOrName: string): Promise<number> {
    const { numUpdatedRows } = await this.#database.sql
      .updateTable('tokens')
      .set({ revoked_at: Date.now() })
      .where((is) => is.or([is('id', '=', idOrName), is('name', '=', idOrName)]))
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    return Number(numUpdatedRows)
  }
}

/**
 * The token of the first start. It follows from the gateway's key, so that a caller without one can be given the same
 * token each time (clients drop their appId when it changes, contract 2.6) although only its hash is kept.
 */
export function firstToken(secretKey: Buffer): string {
  return createHmac('sha256', secretKey).update('hongyan first token').digest('hex').slice(0, 32)
}
