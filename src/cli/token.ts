import { Tokens } from '../tokens/tokens.ts'
import { moment, printTable, withDatabase } from './session.ts'

/** Prints the new token alone on standard output, so that a script can take it. */
export async function createToken(name: string): Promise<void> {
  const token = await withDatabase((database) => new Tokens(database).create(name))
  console.error('This token is shown only this once:')
  console.log(token)
}

export async function listTokens(): Promise<void> {
  const tokens = await withDatabase((database) => new Tokens(database).list())
  const rows = tokens.map(({ id, name, created_at, revoked_at }) => ({
    id,
    name,
    created: moment(created_at),
    state: revoked_at === null ? 'live' : `revoked ${moment(revoked_at)}`,
  }))
  printTable(rows, 'There is no token yet; the first `hongyan serve` makes one.')
}

/** @throws {Error} when no live token has this id or name */
export async function revokeToken(idOrName: string): Promise<void> {
  const revoked = await withDatabase((database) => new Tokens(database).revoke(idOrName))
  if (revoked === 0)
    throw new Error(`No live token has the id or name ${idOrName}; see \`hongyan token list\`.`)
  console.log(`Revoked ${revoked} token${revoked === 1 ? '' : 's'}.`)
}
