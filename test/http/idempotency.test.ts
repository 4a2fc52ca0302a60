import { expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { GatewayError } from '../../src/errors.ts'
import { Idempotency } from '../../src/http/idempotency.ts'
import type { Call } from '../../src/http/route.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'

/** As much of a call as the keys look at. */
const call = {
  caller: { tokenId: 'tok' },
  request: { headers: { 'idempotency-key': 'a' }, routeOptions: { url: '/message/postText' }, body: {} },
} as unknown as Call

/** A first call that fears for its message and then never ends. */
async function stuck(database: Database, idempotency: Idempotency): Promise<void> {
  await addToken(database, 'tok')
  await database.sql
    .insertInto('nodes')
    .values({ number: 1, holder: 'one', expires_at: Date.now() + 3_600_000 })
    .execute()
  await new Promise<void>((resolve, reject) => {
    idempotency
      .once(call, async ({ feared }) => {
        await database.atomically(feared(new GatewayError('send_unknown')))
        resolve()
        await new Promise(() => {})
      })
      .catch(reject)
  })
  await database.sql.updateTable('idempotency').set({ expires_at: 1 }).execute()
}

describeEachEngine('a call that may have sent something and does not end in time', ({ open }) => {
  it('answers the next one with what it feared, and does not run again', async () => {
    const database = await open()
    const idempotency = new Idempotency(database, 'one')
    await stuck(database, idempotency)
    await expect(idempotency.once(call, () => Promise.resolve('sent twice'))).rejects.toMatchObject({
      code: 'send_unknown',
      sent: 'unknown',
    })
  })

  it('is still known after the keys were tidied up', async () => {
    const database = await open()
    const idempotency = new Idempotency(database, 'one')
    await stuck(database, idempotency)
    await idempotency.expire()
    await expect(idempotency.once(call, () => Promise.resolve('sent twice'))).rejects.toMatchObject({
      code: 'send_unknown',
    })
  })
})

describeEachEngine('a call whose end could not be written down', ({ open }) => {
  it('leaves its key to the next one, of many at once to one alone', async () => {
    const database = await open()
    await addToken(database, 'tok')
    const idempotency = new Idempotency(database, 'one')
    const broken = idempotency.once(call, async () => {
      // As an unreachable database would, the rename keeps the failure from being written.
      await database.sql.schema.alterTable('idempotency').renameTo('away').execute()
      throw new GatewayError('database_failed')
    })
    await expect(broken).rejects.toMatchObject({ code: 'database_failed' })
    await database.sql.schema.alterTable('away').renameTo('idempotency').execute()
    const left = database.sql.selectFrom('idempotency').select('reply')
    expect(await left.execute()).toEqual([{ reply: null }])

    let runs = 0
    const again = () =>
      idempotency.once(call, async ({ given }) => {
        runs += 1
        await database.atomically(given('sent'))
        return 'sent'
      })
    expect(await Promise.all(Array.from({ length: 8 }, again))).toEqual(Array(8).fill('sent'))
    expect(runs).toBe(1)
  })
})
