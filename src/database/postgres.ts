import { CompiledQuery, type DatabaseConnection, type Driver, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import {
  type Database,
  DatabaseError,
  type DatabaseFault,
  type Statement,
  type StatementResult,
} from './database.ts'
import type { Tables } from './tables.ts'

/** int8 as a number: every id and time of ours is below 2^53. */
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)

/** PostgreSQL by connection URL, a pool of at most 16 connections. */
export function openPostgres(url: URL): Database {
  const pool = new pg.Pool({ connectionString: url.href, max: 16, types, connectionTimeoutMillis: 10_000 })
  // A connection that breaks while idle is only dropped; the next query opens another.
  pool.on('error', () => undefined)
  const sql = new Kysely<Tables>({ dialect: new TranslatingDialect({ pool }) })

  return {
    engine: 'postgres',
    sql,
    async atomically(statements) {
      const client = await pool.connect().catch(translate)
      let broken = false
      try {
        await client.query('BEGIN')
        const results: StatementResult[] = []
        for (const each of statements) results.push(await runOne(client, each))
        await client.query('COMMIT')
        return results
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {
          broken = true
        })
        return translate(error)
      } finally {
        client.release(broken)
      }
    },
    async ping() {
      await sql.executeQuery(CompiledQuery.raw('select 1')).catch(translate)
    },
    close: () => pool.end(),
  }
}

/** PostgreSQL whose single statements fail in our words too. */
class TranslatingDialect extends PostgresDialect {
  override createDriver(): Driver {
    const driver = super.createDriver()
    const inner = new WeakMap<DatabaseConnection, DatabaseConnection>()
    const innerOf = (connection: DatabaseConnection) => inner.get(connection) ?? connection
    return {
      init: () => driver.init(),
      async acquireConnection() {
        const connection = await driver.acquireConnection().catch(translate)
        const translating: DatabaseConnection = {
          executeQuery: <R>(query: CompiledQuery) => connection.executeQuery<R>(query).catch(translate),
          streamQuery: <R>(query: CompiledQuery, size?: number) => connection.streamQuery<R>(query, size),
        }
        inner.set(translating, connection)
        return translating
      },
      beginTransaction: (connection, settings) => driver.beginTransaction(innerOf(connection), settings),
      commitTransaction: (connection) => driver.commitTransaction(innerOf(connection)),
      rollbackTransaction: (connection) => driver.rollbackTransaction(innerOf(connection)),
      releaseConnection: (connection) => driver.releaseConnection(innerOf(connection)),
      destroy: () => driver.destroy(),
    }
  }
}

async function runOne(client: pg.PoolClient, { query, changes }: Statement): Promise<StatementResult> {
  const { rows, rowCount } = await client.query<Record<string, unknown>>(query.sql, [...query.parameters])
  const done = rowCount ?? 0
  if (changes !== undefined && done !== changes) {
    throw new DatabaseError('guard', `expected ${changes} changes, got ${done}`)
  }
  return { rows, changes: done }
}

const faults: Record<string, DatabaseFault> = {
  '23505': 'unique',
  '23503': 'foreign',
  '53100': 'full',
  '40001': 'busy',
}

function translate(error: unknown): never {
  if (error instanceof DatabaseError) throw error
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
  const message = error instanceof Error ? error.message : String(error)
  throw new DatabaseError(faults[code] ?? 'other', message, error)
}
