import { CompiledQuery, type SelectQueryBuilder, sql } from 'kysely'
import { expect, test } from 'vitest'
import { findLastId, findLastMessages, newestHeads, newestMessages } from '../../src/console/conversations.ts'
import { newestEvents } from '../../src/console/events.ts'
import type { Database } from '../../src/database/database.ts'
import type { Tables } from '../../src/database/tables.ts'
import { newDevice } from '../../src/devices/device.ts'
import { insertDevice } from '../../src/devices/queries.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'

const MESSAGES = 10_000
const PEERS = 50
const FIRST = 1_010_000_000_000_000

/** A device that has talked with many, ten thousand messages with one of them, and as many events. */
async function talkative(database: Database) {
  await addToken(database, 'tok')
  const device = { ...newDevice('tok', 'local', 1), wxid: 'me', state: 'online' as const }
  await insertDevice(database, device)
  const { app_id } = device
  const message = (number: number, peer: string) => ({
    app_id,
    new_msg_id: FIRST + number,
    msg_id: number,
    token_id: 'tok',
    direction: number % 2 === 0 ? ('out' as const) : ('in' as const),
    from_wxid: number % 2 === 0 ? 'me' : peer,
    to_wxid: number % 2 === 0 ? peer : 'me',
    msg_type: 1,
    content: `${number}`,
    file_id: null,
    state: 'sent' as const,
    created_at: 1000 + number,
  })
  const rows = Array.from({ length: MESSAGES }, (_, number) => message(number, 'friend'))
  for (let peer = 0; peer < PEERS; peer += 1) rows.push(message(MESSAGES + peer, `peer${peer}`))
  const events = Array.from({ length: MESSAGES }, (_, number) => ({
    id: FIRST + number,
    token_id: 'tok',
    app_id,
    body: '{}',
    state: 'delivered' as const,
    attempts: 0,
    created_at: number,
  }))
  for (let start = 0; start < rows.length; start += 500) {
    await database.sql
      .insertInto('messages')
      .values(rows.slice(start, start + 500))
      .execute()
    if (start < MESSAGES)
      await database.sql
        .insertInto('events')
        .values(events.slice(start, start + 500))
        .execute()
  }
  // What a server that has run for a day knows of its tables.
  await database.sql.executeQuery(CompiledQuery.raw('analyze'))
  return {
    appId: app_id,
    page: { tokenId: 'tok', appId: app_id, before: Number.MAX_SAFE_INTEGER, limit: 51 },
  }
}

/** How the engine goes about a query, as it says itself. */
async function planOf(
  database: Database,
  query: SelectQueryBuilder<Tables, never, unknown>,
): Promise<string> {
  const rows = await (database.engine === 'sqlite'
    ? query.explain(undefined, sql`query plan`)
    : query.explain())
  return rows.map((row) => Object.values(row).join(' ')).join('\n')
}

/** Reading every row of a table, in either engine's words. */
const fullScan = (table: string) =>
  new RegExp(`SCAN ${table}(?! USING (COVERING )?INDEX)|Seq Scan on ${table}`)

describeEachEngine('ten thousand messages', ({ open }) => {
  test('the first page of a conversation is read over an index, and no more rows than it shows', async () => {
    const database = await open()
    const { page } = await talkative(database)
    const query = newestMessages(database, { ...page, peer: 'friend' })
    const plan = await planOf(database, query)
    expect(plan).toContain('messages_by_peer')
    expect(plan).not.toMatch(fullScan('messages'))
    // Rows that come sorted need no sorting.
    expect(plan).not.toMatch(/TEMP B-TREE|Sort/)
    const rows = await query.execute()
    expect(rows.map(({ msg_id }) => msg_id)).toEqual(Array.from({ length: 51 }, (_, at) => MESSAGES - 1 - at))
  })

  test('the conversations of a device are found over the index, without its messages', async () => {
    const database = await open()
    const { page } = await talkative(database)
    const plan = await planOf(database, newestHeads(database, page))
    expect(plan).toContain('messages_by_peer')
    expect(plan).not.toMatch(fullScan('messages'))
    const rows = await findLastMessages(database, page)
    expect(rows.length).toBe(PEERS + 1)
    expect(rows.at(-1)?.msg_id).toBe(MESSAGES - 1)
    expect(await findLastId(database, page)).toBe(FIRST + MESSAGES + PEERS - 1)
  })

  test.each([undefined, 'failed'] as const)(
    'the newest events (state %s) are found over an index',
    async (state) => {
      const database = await open()
      await talkative(database)
      const query = newestEvents(database, {
        tokenId: 'tok',
        before: Number.MAX_SAFE_INTEGER,
        limit: 51,
        state,
      })
      const plan = await planOf(database, query)
      // With one token alone PostgreSQL may as well walk the primary key backwards.
      expect(plan).toMatch(
        state === 'failed' ? /events_failed/ : /events_by_token|Backward using events_pkey/,
      )
      expect(plan).not.toMatch(fullScan('events'))
      expect((await query.execute()).length).toBe(state === 'failed' ? 0 : 51)
    },
  )
})
