import { type Database, type Statement, statement } from '../database/database.ts'
import type { Row } from '../database/tables.ts'

/** What speaks for a device, as it is stored. */
export type Session = Row<'sessions'>

/** A network that has not answered for so long is silent, milliseconds. */
const SILENT_MS = 120_000

/** Whether the network has not answered for so long that its device is not to be called online. */
export function isSilent(session: Pick<Session, 'failing_since'> | undefined, now: number): boolean {
  const since = session?.failing_since ?? null
  return since !== null && now - since >= SILENT_MS
}

export function findSession({ sql }: Database, appId: string): Promise<Session | undefined> {
  return sql.selectFrom('sessions').selectAll().where('app_id', '=', appId).executeTakeFirst()
}

/** Sessions of the token's devices on a channel, the newest first. */
export function findSessionsOf({ sql }: Database, tokenId: string, channel: string): Promise<Session[]> {
  return sql
    .selectFrom('sessions')
    .innerJoin('devices', 'devices.app_id', 'sessions.app_id')
    .selectAll('sessions')
    .where('devices.token_id', '=', tokenId)
    .where('devices.channel', '=', channel)
    .orderBy('sessions.created_at', 'desc')
    .execute()
}

/** Puts this session in the place of any other of the device. @param of `keepCursor` when the account is the one that was logged in before */
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

/** How many remote devices stand how; `scan needed` are those whose session is dead. */
export async function countSessions({
  sql,
}: Database): Promise<
  readonly { readonly channel: string; readonly state: SessionState; readonly count: number }[]
> {
  const rows = await sql
    .selectFrom('sessions')
    .innerJoin('devices', 'devices.app_id', 'sessions.app_id')
    .select(['devices.channel', 'sessions.dead_since', 'sessions.failing_since'])
    .execute()
  const counts = new Map<string, { channel: string; state: SessionState; count: number }>()
  for (const { channel, dead_since, failing_since } of rows) {
    const state = dead_since !== null ? 'scan needed' : failing_since !== null ? 'failing' : 'online'
    const entry = counts.get(`${channel} ${state}`) ?? { channel, state, count: 0 }
    entry.count += 1
    counts.set(`${channel} ${state}`, entry)
  }
  return [...counts.values()]
}

export type SessionState = 'online' | 'failing' | 'scan needed'
