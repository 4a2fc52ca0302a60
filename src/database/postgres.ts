import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import pg from 'pg'
import {
  type Database,
  DatabaseError,
  type DatabaseFault,
  PING,
  type Statement,
  type StatementResult,
} from './database.ts'
import type { Tables } from './tables.ts'

/** int8 as a number: every id and time of ours is below 2^53. */
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)

/** How long a server may take to let us in, and to answer a statement, milliseconds; a URL may say otherwise. */
const limits = { connectionTimeoutMillis: 5000, query_timeout: 30_000 }

/** PostgreSQL by connection URL, a pool of at most 16 connections. */
export function openPostgres(url: URL): Database {
  const pool = new pg.Pool({ ...limits, connectionString: url.href, max: 16, types, keepAlive: true })
  // A connection that breaks while idle is only dropped; the next query opens another. One that breaks while it is lent
  // out fails the statement that runs, if one does; unheard, its error would end the process.
  pool.on('error', ignore).on('connect', (client) => client.on('error', ignore))
  const sql = new Kysely<Tables>({ dialect: poolDialect(pool) })

  return {
    engine: 'postgres',
    sql,
    async atomically(statements) {
      const client = await pool.connect().catch(translate)
      let broken = false
      let committing = false
      try {
        await client.query('BEGIN')
        const results: StatementResult[] = []
        for (const each of statements) results.push(await runOne(client, each))
        committing = true
        await client.query('COMMIT')
        return results
      } catch (error) {
        broken = isCutOff(error)
        if (committing && broken) throw new DatabaseError('unanswered', wordsOf(error), error)
        if (!broken) {
          await client.query('ROLLBACK').catch(() => {
            broken = true
          })
        }
        return translate(error)
      } finally {
        client.release(broken)
      }
    },
    async ping() {
      await sql.executeQuery(CompiledQuery.raw(PING)).catch(translate)
    },
    close: () => pool.end(),
  }
}

const ignore = () => undefined

/** Kysely's view of the pool: single statements, whose failures are in our words and leave no broken connection. */
function poolDialect(pool: pg.Pool): Dialect {
  const refuse = () =>
    Promise.reject(new DatabaseError('other', 'use Database.atomically for what must happen together'))
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const client = await pool.connect().catch(translate)
      let broken = false
      try {
        const { rows, rowCount } = await client.query<Record<string, unknown>>(sql, [...parameters])
        return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) }
      } catch (error) {
        broken = isCutOff(error)
        return translate(error)
      } finally {
        client.release(broken)
      }
    },
    // biome-ignore lint/correctness/useYield: the contract wants a generator, and rows here never stream
    async *streamQuery() {
      throw new DatabaseError('other', 'rows are not streamed')
    },
  }
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => ({
      init: () => Promise.resolve(),
      acquireConnection: () => Promise.resolve(connection),
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      releaseConnection: () => Promise.resolve(),
      destroy: () => Promise.resolve(),
    }),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
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

/** Whether the connection failed, or the server is ending it, so that nothing more can be asked on it. */
function isCutOff(error: unknown): boolean {
  if (error instanceof DatabaseError) return false
  return !(error instanceof pg.DatabaseError) || /^(08|57P)/.test(error.code ?? '')
}

function translate(error: unknown): never {
  if (error instanceof DatabaseError) throw error
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
  throw new DatabaseError(faults[code] ?? 'other', wordsOf(error), error)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
