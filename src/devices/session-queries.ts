import { type Database, type Statement, statement } from '../database/database.ts'
import type { Row } from '../database/tables.ts'

export function findSession({ sql }: Database, appId: string): Promise<Row<'sessions'> | undefined> {
  return sql.selectFrom('sessions').selectAll().where('app_id', '=', appId).executeTakeFirst()
}

/** Sessions of the token's devices on a channel, the newest first. */
export function findSessionsOf(
  { sql }: Database,
  tokenId: string,
  channel: string,
): Promise<Row<'sessions'>[]> {
  return sql
    .selectFrom('sessions')
    .innerJoin('devices', 'devices.app_id', 'sessions.app_id')
    .selectAll('sessions')
    .where('devices.token_id', '=', tokenId)
    .where('devices.channel', '=', channel)
    .orderBy('sessions.created_at', 'desc')
    .execute()
}

/** @param of `keepCursor` when the account is the one that was logged in before */
export function saveSession(
  { sql }: Database,
  of: { appId: string; credentials: string; keepCursor: boolean },
): Statement {
  const fresh = {
    credentials: of.credentials,
    hold_ms: null,
    holder: null,
    failing_since: null,
    dead_since: null,
    probe_at: 0,
    created_at: Date.now(),
  }
  return statement(
    sql
      .insertInto('sessions')
      .values({ app_id: of.appId, cursor: '', ...fresh })
      .onConflict((conflict) =>
        conflict.column('app_id').doUpdateSet(of.keepCursor ? fresh : { cursor: '', ...fresh }),
      ),
  )
}
