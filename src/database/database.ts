import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** One statement of an atomic unit. With `changes` the whole unit is undone unless exactly so many rows changed. */
export interface Statement {
  readonly query: CompiledQuery
  readonly changes?: number
}

export interface StatementResult {
  readonly rows: readonly unknown[]
  readonly changes: number
}

export type DatabaseFault =
  | 'unique'
  | 'foreign'
  | 'guard'
  | 'full'
  | 'io'
  | 'busy'
  | 'closed'
  | 'unanswered'
  | 'other'

/**
 * What both engines' errors become. `guard`: a statement changed another number of rows than it had to. `unanswered`:
 * the engine went away while it was to commit, so that the unit may have come true.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly fault: DatabaseFault
  constructor(fault: DatabaseFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
  }
}

/**
 * The one way to the rows, on both engines. There are no interactive transactions: what must happen together is a list
 * of statements that is sent as a whole, so that concurrent requests can share one durable commit.
 */
export interface Database {
  readonly engine: 'sqlite' | 'postgres'
  /** Builds queries; `.execute()` runs one statement in a commit of its own. */
  readonly sql: Kysely<Tables>
  /**
   * Runs the statements in order, all or none; resolves once they are durable.
   * @throws {DatabaseError}
   */
  atomically(statements: readonly Statement[]): Promise<readonly StatementResult[]>
  /** @throws {DatabaseError} when the engine does not answer, or would not write */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * Changes nothing and waits for no disk, but is a write: an engine that only reads, or whose file another process has
 * locked, refuses it.
 */
export const PING = 'update tokens set name = name where 1 = 0'

/** A statement of a unit, from a query builder. */
export function statement(query: Compilable, changes?: number): Statement {
  return changes === undefined ? { query: query.compile() } : { query: query.compile(), changes }
}

/** Whether `error` is the engine's word for this fault. */
export function isFault(error: unknown, fault: DatabaseFault): boolean {
  return error instanceof DatabaseError && error.fault === fault
}
