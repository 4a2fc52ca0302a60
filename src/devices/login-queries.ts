import type { LoginStart } from '../channels/channel.ts'
import { type Database, type Statement, statement } from '../database/database.ts'
import { livingHolders } from '../database/node.ts'
import type { Row } from '../database/tables.ts'

export type LoginRow = Row<'logins'>

export function findLogin({ sql }: Database, appId: string): Promise<LoginRow | undefined> {
  return sql.selectFrom('logins').selectAll().where('app_id', '=', appId).executeTakeFirst()
}

/** Makes this the login that checkLogin asks for. */
export function nameLogin(
  { sql }: Database,
  appId: string,
  { uuid, seconds }: Pick<LoginStart, 'uuid' | 'seconds'>,
): Statement {
  const named = { login_uuid: uuid, login_expires_at: Date.now() + seconds * 1000 }
  return statement(sql.updateTable('devices').set(named).where('app_id', '=', appId), 1)
}

/** Puts this login in the place of any other of the device; in one unit with `nameLogin`, so that both mean the same one. */
export function saveLogin({ sql }: Database, row: LoginRow): Statement {
  const { app_id: _, ...changes } = row
  return statement(
    sql
      .insertInto('logins')
      .values(row)
      .onConflict((conflict) => conflict.column('app_id').doUpdateSet(changes)),
  )
}

/**
 * Writes where a login has come to.
 * @returns false when another login has taken its place, or another process follows it
 */
export async function noteLogin(
  { sql }: Database,
  { app_id, uuid, holder }: LoginRow,
  changes: Partial<Pick<LoginRow, 'phase' | 'login' | 'code' | 'reason'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable('logins')
    .set(changes)
    .where('app_id', '=', app_id)
    .where('uuid', '=', uuid)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Gives the unfinished logins that no living process follows to `holder`. */
export function takeLoginsOver({ sql }: Database, holder: string, now: number): Promise<LoginRow[]> {
  return sql
    .updateTable('logins')
    .set({ holder })
    .where('phase', 'in', ['waiting', 'scanned', 'code', 'wrong code'])
    .where('holder', 'not in', livingHolders({ sql }, now))
    .returningAll()
    .execute()
}

/** Digits for the phone's question. */
export async function giveCode({ sql }: Database, appId: string, code: string): Promise<void> {
  await sql.updateTable('logins').set({ code }).where('app_id', '=', appId).execute()
}

/** Whoever has scanned needs time to read and to type. */
export async function extendLogin(
  { sql }: Database,
  { app_id, uuid }: LoginRow,
  until: number,
): Promise<void> {
  await sql
    .updateTable('devices')
    .set({ login_expires_at: until })
    .where('app_id', '=', app_id)
    .where('login_uuid', '=', uuid)
    .execute()
}
