import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { startThread } from '../thread.ts'
import { type Database, DatabaseError, PING } from './database.ts'
import { SqliteQueue } from './sqlite-queue.ts'
import type { Tables } from './tables.ts'

/** SQLite on a thread of its own. */
export function openSqlite(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const thread = startThread('database/sqlite-thread', {
    workerData: path,
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  const queue = new SqliteQueue(thread)
  const sql = new Kysely<Tables>({ dialect: threadDialect(queue) })
  return {
    engine: 'sqlite',
    sql,
    atomically: (statements) => queue.run(statements),
    async ping() {
      await sql.executeQuery(CompiledQuery.raw(PING))
    },
    close: () => queue.close(),
  }
}

/** Kysely's view of the thread: a connection that any number of callers share, without transactions. */
function threadDialect(queue: SqliteQueue): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const [result] = await queue.run([{ query }])
      const rows = (result?.rows ?? []) as R[]
      return { rows, numAffectedRows: BigInt(result?.changes ?? 0) }
    },
    // biome-ignore lint/correctness/useYield: the contract wants a generator, and rows here never stream
    async *streamQuery() {
      throw new DatabaseError('other', 'rows are not streamed')
    },
  }
  const refuse = () =>
    Promise.reject(new DatabaseError('other', 'use Database.atomically for what must happen together'))
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  }
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
