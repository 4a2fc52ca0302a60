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
import { type Database, DatabaseError, type Statement, type StatementResult } from './database.ts'
import type { Unit, UnitResult } from './sqlite-protocol.ts'
import type { Tables } from './tables.ts'

interface Waiting {
  readonly unit: Unit
  readonly resolve: (results: readonly StatementResult[]) => void
  readonly reject: (error: DatabaseError) => void
}

/**
 * SQLite on a thread of its own. One batch is under way at a time; what is asked meanwhile goes into the next, so
 * that the commits of concurrent requests share one wait for the disk.
 */
export function openSqlite(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const thread = startThread('database/sqlite-thread', {
    workerData: path,
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  let queue: Waiting[] = []
  let running: Waiting[] = []
  let scheduled = false
  let ended: DatabaseError | undefined

  const fail = (error: DatabaseError) => {
    ended ??= error
    for (const waiting of [...running, ...queue]) waiting.reject(error)
    running = []
    queue = []
  }
  const dispatch = () => {
    scheduled = false
    if (running.length > 0 || queue.length === 0) return
    running = queue
    queue = []
    thread.postMessage(running.map(({ unit }) => unit))
  }
  thread.on('message', (results: readonly UnitResult[]) => {
    const done = running
    running = []
    dispatch()
    done.forEach((waiting, index) => {
      const result = results[index]
      if (result?.ok) waiting.resolve(result.results)
      else
        waiting.reject(
          new DatabaseError(
            result?.fault ?? 'other',
            result?.message ?? 'the database thread gave no result',
          ),
        )
    })
  })
  thread.on('error', (error) =>
    fail(new DatabaseError('other', `the database thread failed: ${error.message}`, error)),
  )
  thread.on('exit', () => fail(new DatabaseError('closed', 'the database is closed')))

  const run = (unit: Unit): Promise<readonly StatementResult[]> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      queue.push({ unit, resolve, reject })
      if (scheduled || running.length > 0) return
      scheduled = true
      setImmediate(dispatch)
    })

  const sql = new Kysely<Tables>({ dialect: threadDialect(run) })
  return {
    engine: 'sqlite',
    sql,
    atomically: (statements) => run(unitOf(statements)),
    async ping() {
      await sql.executeQuery(CompiledQuery.raw('select 1'))
    },
    async close() {
      if (ended) return
      const gone = new Promise((resolve) => thread.once('exit', resolve))
      while (running.length + queue.length > 0) await new Promise((resolve) => setImmediate(resolve))
      thread.postMessage('close')
      await gone
    },
  }
}

function unitOf(statements: readonly Statement[]): Unit {
  return {
    statements: statements.map(({ query, changes }) => {
      const { sql, parameters } = query
      return changes === undefined ? { sql, parameters } : { sql, parameters, changes }
    }),
  }
}

/** Kysely's view of the thread: a connection that any number of callers share, without transactions. */
function threadDialect(run: (unit: Unit) => Promise<readonly StatementResult[]>): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const [result] = await run({ statements: [{ sql, parameters }] })
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
