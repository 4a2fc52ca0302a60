import Sqlite, { type Statement as SqliteStatement } from 'better-sqlite3'
import type { DatabaseFault } from './database.ts'
import type { Unit, UnitResult } from './sqlite-protocol.ts'

/** How many prepared statements are kept; queries with lists of varying length make new texts. */
const MAX_STATEMENTS = 500

class Guard extends Error {}

/** The file itself, synchronous: a batch of units becomes one durable commit. */
export class SqliteFile {
  readonly #db: Sqlite.Database
  readonly #statements = new Map<string, SqliteStatement>()

  /** Opens or makes the database at `path` with WAL and synchronous=FULL. */
  constructor(path: string) {
    this.#db = new Sqlite(path, { timeout: 5000 })
    this.#db.pragma('journal_mode = WAL')
    this.#db.pragma('synchronous = FULL')
    this.#db.pragma('foreign_keys = ON')
    this.#db.pragma('temp_store = MEMORY')
  }

  /**
   * Runs every unit all or none and independent of the others, in one commit. A commit that fails fails them all.
   */
  run(batch: readonly Unit[]): readonly UnitResult[] {
    try {
      if (batch.every((unit) => this.#onlyReads(unit))) return batch.map((unit) => this.#unit(unit))
      this.#db.exec('BEGIN IMMEDIATE')
      const results = batch.map((unit) => this.#guarded(unit))
      this.#db.exec('COMMIT')
      return results
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      return batch.map(() => failure(error))
    }
  }

  close(): void {
    this.#db.close()
  }

  #onlyReads(unit: Unit): boolean {
    return unit.statements.length === 1 && unit.statements.every(({ sql }) => this.#prepare(sql).readonly)
  }

  #guarded(unit: Unit): UnitResult {
    const savepoint = unit.statements.length > 1 || unit.statements[0]?.changes !== undefined
    if (savepoint) this.#exec('SAVEPOINT unit')
    const result = this.#unit(unit)
    if (!result.ok && !this.#db.inTransaction) throw new Error(result.message)
    if (savepoint && !result.ok) this.#exec('ROLLBACK TO unit')
    if (savepoint) this.#exec('RELEASE unit')
    return result
  }

  #unit(unit: Unit): UnitResult {
    try {
      return {
        ok: true,
        results: unit.statements.map(({ sql, parameters, changes }) => {
          const prepared = this.#prepare(sql)
          if (prepared.reader) {
            const rows = prepared.all(...parameters)
            if (changes !== undefined && rows.length !== changes)
              throw new Guard(`expected ${changes} rows, got ${rows.length}`)
            return { rows, changes: rows.length }
          }
          const done = prepared.run(...parameters).changes
          if (changes !== undefined && done !== changes)
            throw new Guard(`expected ${changes} changes, got ${done}`)
          return { rows: [], changes: done }
        }),
      }
    } catch (error) {
      return failure(error)
    }
  }

  #exec(sql: string): void {
    this.#prepare(sql).run()
  }

  #prepare(sql: string): SqliteStatement {
    let prepared = this.#statements.get(sql)
    if (!prepared) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
      prepared = this.#db.prepare(sql)
      this.#statements.set(sql, prepared)
    }
    return prepared
  }
}

function failure(error: unknown): UnitResult {
  const message = error instanceof Error ? error.message : String(error)
  return { ok: false, fault: faultOf(error), message }
}

function faultOf(error: unknown): DatabaseFault {
  if (error instanceof Guard) return 'guard'
  const code = error instanceof Sqlite.SqliteError ? error.code : ''
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'unique'
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return 'foreign'
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR')) return 'full'
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy'
  return 'other'
}
