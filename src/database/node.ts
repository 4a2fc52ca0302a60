import { randomUUID } from 'node:crypto'
import { MAX_NODES } from '../ids.ts'
import { type Database, isFault, statement } from './database.ts'

const LEASE_MS = 60_000
const RENEW_MS = 15_000

/** This process among those that share the database. */
export interface Node {
  /** 0 to MAX_NODES - 1, nobody else's while the lease runs. */
  readonly number: number
  /** Unique among all processes that ever ran. */
  readonly holder: string
  /** The holders whose leases run, this one included. */
  alive(): Promise<string[]>
  release(): Promise<void>
}

/**
 * Takes a free node number, for ids that are unique over all nodes. A crashed process's number is free again after a
 * minute; on SQLite at once, since only one gateway serves a file.
 * @throws {Error} when MAX_NODES processes already share the database
 */
export async function joinNodes(database: Database, onLost: (error: unknown) => void): Promise<Node> {
  const holder = randomUUID()
  const { sql } = database
  if (database.engine === 'sqlite') await sql.deleteFrom('nodes').execute()
  await sql.deleteFrom('nodes').where('expires_at', '<', Date.now()).execute()
  const number = await takeNumber(database, holder)

  const renew = async () => {
    const { numUpdatedRows } = await sql
      .updateTable('nodes')
      .set({ expires_at: Date.now() + LEASE_MS })
      .where('number', '=', number)
      .where('holder', '=', holder)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) throw new Error(`node number ${number} was taken by another process`)
  }
  const timer = setInterval(() => void renew().catch(onLost), RENEW_MS)
  timer.unref()

  return {
    number,
    holder,
    async alive() {
      const rows = await sql
        .selectFrom('nodes')
        .select('holder')
        .where('expires_at', '>=', Date.now())
        .execute()
      return [...new Set([holder, ...rows.map((row) => row.holder)])]
    },
    async release() {
      clearInterval(timer)
      await sql.deleteFrom('nodes').where('number', '=', number).where('holder', '=', holder).execute()
    },
  }
}

async function takeNumber(database: Database, holder: string): Promise<number> {
  for (let number = 0; number < MAX_NODES; number += 1) {
    const row = { number, holder, expires_at: Date.now() + LEASE_MS }
    try {
      await database.atomically([statement(database.sql.insertInto('nodes').values(row))])
      return number
    } catch (error) {
      if (!isFault(error, 'unique')) throw error
    }
  }
  throw new Error(`${MAX_NODES} processes already share this database; wait a minute if some of them crashed`)
}

/** Ends the lease of a process that is known to be dead. */
export async function leaveNodes({ sql }: Database, holder: string): Promise<void> {
  await sql.deleteFrom('nodes').where('holder', '=', holder).execute()
}

/** The processes whose lease holds, as a query for `in` and `not in`. */
export function livingHolders({ sql }: Pick<Database, 'sql'>, now: number) {
  return sql.selectFrom('nodes').select('nodes.holder').where('nodes.expires_at', '>=', now)
}
