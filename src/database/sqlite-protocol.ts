import type { DatabaseFault } from './database.ts'

/** What crosses to the SQLite thread and back: plain values only, a whole batch per message. */
export interface Unit {
  readonly statements: readonly {
    readonly sql: string
    readonly parameters: readonly unknown[]
    readonly changes?: number
  }[]
}

export type UnitResult =
  | {
      readonly ok: true
      readonly results: readonly { readonly rows: readonly unknown[]; readonly changes: number }[]
    }
  | { readonly ok: false; readonly fault: DatabaseFault; readonly message: string }
