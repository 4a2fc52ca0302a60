import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { Inbound } from '../../src/channels/channel.ts'
import type { Database } from '../../src/database/database.ts'
import { newDevice } from '../../src/devices/device.ts'
import { createPolling } from '../../src/devices/polling.ts'
import { insertDevice } from '../../src/devices/queries.ts'
import { findSession, saveSession } from '../../src/devices/session-queries.ts'
import { Ids } from '../../src/ids.ts'
import { receive } from '../../src/messages/receive.ts'
import { Vault } from '../../src/vault.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'

const said = (id: string, text: string): Inbound => ({
  id,
  clientId: undefined,
  fromWxid: 'alice',
  sentAt: Date.now(),
  context: 'ctx',
  parts: [{ kind: 'text', text, quote: undefined }],
})

/** A device that this process polls, and what a poll brings to it. */
async function polled(database: Database) {
  await addToken(database, 'tok')
  const device = { ...newDevice('tok', 'ilink', 1), wxid: 'bot', state: 'online' as const }
  await insertDevice(database, device)
  const credentials = { appId: device.app_id, credentials: 'sealed', keepCursor: false }
  await database.atomically([saveSession(database, credentials)])
  const polling = createPolling(database, 'one')
  const found = await findSession(database, device.app_id)
  if (!found || !(await polling.claim(found))) throw new Error('the session is not ours')
  const deps = {
    database,
    ids: new Ids(0),
    callbackForm: 'capital' as const,
    wake: () => {},
    feed: { publish: () => {} },
    polling,
    vault: new Vault(Buffer.alloc(32, 1)),
    quota: 10,
    log: pino({ level: 'silent' }),
    observe: () => {},
  }
  return {
    bring: (messages: Inbound[]) =>
      receive(deps, found, device, { messages, cursor: 'after', holdMs: undefined }),
    contents: async () => {
      const rows = await database.sql.selectFrom('messages').select('content').orderBy('new_msg_id').execute()
      return rows.map(({ content }) => content)
    },
    cursor: async () => (await findSession(database, device.app_id))?.cursor,
  }
}

describeEachEngine('what a poll brings', ({ open }) => {
  it('is kept but for the one message that the database takes in no shape, in whose place stands a notice', async () => {
    const database = await open()
    const { bring, contents, cursor } = await polled(database)
    // PostgreSQL refuses a NUL in a text; SQLite takes it.
    const refused = database.engine === 'postgres'
    expect(await bring([said('1', 'before'), said('2', 'nul \u0000'), said('3', 'after')])).toBe(3)
    expect(await contents()).toEqual(['before', refused ? '[一条无法保存的消息]' : 'nul \u0000', 'after'])
    expect(await cursor()).toBe('after')
  })

  it('leaves the cursor where it was when the database takes nothing', async () => {
    const database = await open()
    const { bring, cursor } = await polled(database)
    await database.sql.schema.dropTable('inbox').execute()
    await expect(bring([said('1', 'lost?')])).rejects.toMatchObject({ fault: 'other' })
    expect(await cursor()).toBe('')
  })
})
