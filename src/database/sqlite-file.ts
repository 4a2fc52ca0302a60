import Sqlite, { type Statement as SqliteStatement } from 'better-sqlite3'
import type { DatabaseFault } from './database.ts'
import {
  ANY,
  type Answer,
  type Batch,
  type Failed,
  type WireResult,
  type WireUnit,
} from './sqlite-protocol.ts'

class Guard extends Error {}

/** The file itself, synchronous: the units of a batch that write become one durable commit. */
export class SqliteFile {
  readonly #db: Sqlite.Database
  readonly #texts = new Map<number, string>()
  readonly #prepared = new Map<number, SqliteStatement>()
  readonly #own: Readonly<Record<'begin' | 'commit' | 'savepoint' | 'back' | 'release', SqliteStatement>>

  /** Opens or makes the database at `path` with WAL and synchronous=FULL. */
  constructor(path: string) {
    this.#db = new Sqlite(path, { timeout: 5000 })
    this.#db.pragma('journal_mode = WAL')
    this.#db.pragma('synchronous = FULL')
    this.#db.pragma('foreign_keys = ON')
    this.#db.pragma('temp_store = MEMORY')
    this.#own = {
      begin: this.#db.prepare('BEGIN IMMEDIATE'),
      commit: this.#db.prepare('COMMIT'),
      savepoint: this.#db.prepare('SAVEPOINT unit'),
      back: this.#db.prepare('ROLLBACK TO unit'),
      release: this.#db.prepare('RELEASE unit'),
    }
  }

  /**
   * Runs every unit all or none and independent of the others. Reads are answered first, since they need not wait for
   * the disk; the rest is one commit, and a commit that fails fails them all.
   */
  run({ forget, texts, units }: Batch, answer: (part: Answer) => void): void {
    if (forget) {
      this.#texts.clear()
      this.#prepared.clear()
    }
    for (const [number, text] of texts) this.#texts.set(number, text)
    const reads: [number, WireResult][] = []
    const writes: number[] = []
    units.forEach((unit, index) => {
      if (this.#onlyReads(unit)) reads.push([index, this.#unit(unit)])
      else writes.push(index)
    })
    if (reads.length > 0) answer(reads)
    if (writes.length > 0) answer(this.#write(units, writes))
  }

  close(): void {
    this.#db.close()
  }

  #write(units: readonly WireUnit[], writes: readonly number[]): Answer {
    try {
      this.#own.begin.run()
      const results = writes.map((index) => [index, this.#guarded(units[index] ?? [])] as const)
      this.#own.commit.run()
      return results
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      const failed = failure(error)
      return writes.map((index) => [index, failed] as const)
    }
  }

  /** A text that cannot even be prepared is answered like a read: it changes nothing. */
  #onlyReads(unit: WireUnit): boolean {
    const [only, ...more] = unit
    if (!only || more.length > 0) return false
    try {
      return this.#prepare(only[0]).readonly
    } catch {
      return true
    }
  }

  #guarded(unit: WireUnit): WireResult {
    const savepoint = unit.length > 1 || unit[0]?.[2] !== ANY
    if (savepoint) this.#own.savepoint.run()
    const result = this.#unit(unit)
    const failed = 'fault' in result
    if (failed && !this.#db.inTransaction) throw new Error(result.message)
    if (savepoint && failed) this.#own.back.run()
    if (savepoint) this.#own.release.run()
    return result
  }

  #unit(unit: WireUnit): WireResult {
    try {
      return unit.map(([text, parameters, wanted]) => {
        const prepared = this.#prepare(text)
        if (prepared.reader) {
          const rows = prepared.all(...parameters)
          expectChanges(rows.length, wanted)
          return { rows, changes: rows.length }
        }
        const { changes } = prepared.run(...parameters)
        expectChanges(changes, wanted)
        return changes
      })
    } catch (error) {
      return failure(error)
    }
  }

  #prepare(number: number): SqliteStatement {
    let prepared = this.#prepared.get(number)
    if (!prepared) {
      prepared = this.#db.prepare(this.#texts.get(number) ?? '')
      this.#prepared.set(number, prepared)
    }
    return prepared
  }
}

function expectChanges(changes: number, wanted: number): void {
  if (wanted !== ANY && changes !== wanted) throw new Guard(`expected ${wanted} changes, got ${changes}`)
}

function failure(error: unknown): Failed {
  return { fault: faultOf(error), message: error instanceof Error ? error.message : String(error) }
}

function faultOf(error: unknown): DatabaseFault {
  if (error instanceof Guard) return 'guard'
  const code = error instanceof Sqlite.SqliteError ? error.code : ''
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'unique'
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return 'foreign'
  // The file of the shared index grows by other means, and what is said when there is no room for it is this.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'full'
  // The rows are in the log all the same, and the next start may find them there.
  if (code === 'SQLITE_IOERR_FSYNC') return 'unanswered'
  if (/^SQLITE_(IOERR|READONLY|CANTOPEN)/.test(code)) return 'io'
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy'
  return 'other'
}
