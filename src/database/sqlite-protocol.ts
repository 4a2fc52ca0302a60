import type { DatabaseFault } from './database.ts'

/*
 * What crosses to the SQLite thread and back. Copying is what a message costs, so a statement's text crosses once and is
 * a number from then on, and a unit without rows answers with its counts alone. Measured with forwardVideo over 32
 * connections: a fifth more requests a second than with texts and objects.
 */

/** Number of the text, parameters, and how many rows must change, or ANY. */
export type WireStatement = readonly [text: number, parameters: readonly unknown[], changes: number]
export const ANY = -1

export type WireUnit = readonly WireStatement[]

export interface Batch {
  /** Forget all texts that crossed before. */
  readonly forget: boolean
  readonly texts: readonly (readonly [number: number, text: string])[]
  readonly units: readonly WireUnit[]
}

export interface Rows {
  readonly rows: readonly unknown[]
  readonly changes: number
}

export interface Failed {
  readonly fault: DatabaseFault
  readonly message: string
}

/** Counts of changes, or rows, by statement; or why the unit failed. */
export type WireResult = readonly (number | Rows)[] | Failed

/** Results by place in the batch; a batch is answered in one or two parts. */
export type Answer = readonly (readonly [index: number, result: WireResult])[]
