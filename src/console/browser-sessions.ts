import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'

/** How long a browser stays signed in, seconds. */
export const SESSION_SECONDS = 7 * 24 * 3600

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

export interface FoundSession {
  readonly tokenId: string
  readonly tokenName: string
}

/** Who is signed in with a browser. Only hashes are kept, so that nobody who reads the database can take a session over. */
export class BrowserSessions {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @returns what the cookie is to hold */
  async begin(tokenId: string): Promise<string> {
    const { sql } = this.#database
    const now = Date.now()
    const secret = randomBytes(32).toString('base64url')
    await sql.deleteFrom('browser_sessions').where('expires_at', '<', now).execute()
    const row = { hash: hashOf(secret), token_id: tokenId, created_at: now }
    await sql
      .insertInto('browser_sessions')
      .values({ ...row, expires_at: now + SESSION_SECONDS * 1000 })
      .execute()
    return secret
  }

  /** The token that a session acts for, while neither is over. */
  async find(secret: string): Promise<FoundSession | undefined> {
    const row = await this.#database.sql
      .selectFrom('browser_sessions')
      .innerJoin('tokens', 'tokens.id', 'browser_sessions.token_id')
      .select(['tokens.id', 'tokens.name'])
      .where('browser_sessions.hash', '=', hashOf(secret))
      .where('browser_sessions.expires_at', '>', Date.now())
      .where('tokens.revoked_at', 'is', null)
      .executeTakeFirst()
    return row && { tokenId: row.id, tokenName: row.name }
  }

  async end(secret: string): Promise<void> {
    await this.#database.sql.deleteFrom('browser_sessions').where('hash', '=', hashOf(secret)).execute()
  }
}
