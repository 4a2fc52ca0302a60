import { pino } from 'pino'
import { createDelivery, type DeliveryResult } from '../../src/callbacks/deliver.ts'
import { saveCallback } from '../../src/callbacks/queries.ts'
import { DELIVERY, record } from '../../src/callbacks/record.ts'
import type { Database } from '../../src/database/database.ts'
import { createJobs } from '../../src/jobs/jobs.ts'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'

export const secretKey = Buffer.alloc(32, 7)

/** The real door, with the loopback range open unless told otherwise. */
export function openDoor(fetchAllow: readonly string[] = ['127.0.0.0/8']): Outbound {
  return createOutbound({
    fetchAllow: [...fetchAllow],
    fetchConnectTimeoutMs: 5000,
    fetchIdleTimeoutMs: 5000,
    fetchTotalTimeoutMs: 10_000,
    fetchMinRate: 0,
  })
}

export async function addToken({ sql }: Database, id: string): Promise<void> {
  await sql.insertInto('tokens').values({ id, name: '', hash: id, created_at: 1, revoked_at: null }).execute()
}

/** Deliveries of one token, with a clock that a test moves on. */
export async function startDeliveries(database: Database, url: string | undefined) {
  await addToken(database, 'tok')
  if (url !== undefined) await saveCallback(database, 'tok', url, 1)
  const lines: string[] = []
  const results: DeliveryResult[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
  const outbound = openDoor()
  let passed = 0
  const now = () => Date.now() + passed
  const deliver = createDelivery({
    database,
    outbound,
    secretKey,
    timeoutMs: 5000,
    log,
    now,
    observe: (result) => results.push(result),
  })
  const options = { database, holder: 'one', handlers: { [DELIVERY]: deliver }, log, now }
  const jobs = createJobs({ ...options, pollMs: 20, drainMs: 100 })
  jobs.start()
  let lastId = 1_000_000_000_000_000
  return {
    lines,
    results,
    advance(ms: number) {
      passed += ms
    },
    /** Owes one event; returns its id. */
    async tell(body: string, appId = 'wx_a', createdAt = now()): Promise<number> {
      lastId += 1
      const event = { id: lastId, tokenId: 'tok', appId, newMsgId: 5_000_000_000_000_001, body, createdAt }
      await database.atomically(record(database, event))
      jobs.wake()
      return lastId
    },
    events: () => database.sql.selectFrom('events').selectAll().orderBy('id').execute(),
    attempts: () => database.sql.selectFrom('attempts').selectAll().orderBy('number').execute(),
    jobs: () => database.sql.selectFrom('jobs').selectAll().execute(),
    async close() {
      await jobs.close()
      await outbound.close()
    },
  }
}
