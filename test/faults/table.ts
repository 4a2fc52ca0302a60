import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type {} from './table-setup.ts'

/** What one fault was tried with, and what came of it. */
export interface FaultRow {
  /** In a few words: `killed at any moment`. */
  readonly fault: string
  readonly engine: 'sqlite' | 'postgres'
  /** How often the fault struck. */
  readonly tried: number
  /** Requests that were told that they succeeded. */
  readonly acknowledged: number
  /** Of these, what is missing or damaged afterwards. */
  readonly lost: number
  /** What is there more often than it was asked for. */
  readonly doubled: number
  /** Blobs that no row knows, and temporary files. */
  readonly leftOver: number
  /** With which the run is repeated, where it has one. */
  readonly seed?: number
}

/** Adds a row to the table that the run prints at its end. */
export function report(row: FaultRow): void {
  writeFileSync(join(inject('faultTable'), `${randomUUID()}.json`), JSON.stringify(row))
}
