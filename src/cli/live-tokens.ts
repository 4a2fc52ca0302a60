import type { Database } from '../database/database.ts'
import { type TokenRow, Tokens } from '../tokens/tokens.ts'

/** Tokens that are not revoked: all, or those with this id or name. */
export async function liveTokens(database: Database, idOrName?: string): Promise<TokenRow[]> {
  const live = (await new Tokens(database).list()).filter((token) => token.revoked_at === null)
  return live.filter(({ id, name }) => idOrName === undefined || idOrName === id || idOrName === name)
}

/** @throws {Error} when no live token has this id or name */
export async function liveToken(database: Database, idOrName: string): Promise<TokenRow> {
  const [found] = await liveTokens(database, idOrName)
  if (found) return found
  throw new Error(`No live token has the id or name ${idOrName}; see \`hongyan token list\`.`)
}
