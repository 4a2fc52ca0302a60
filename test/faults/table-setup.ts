import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { FaultRow } from './table.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder where the workers leave the rows of table.ts, a file each. */
    faultTable: string
  }
}

/** Prints, at the end of the run, which faults were tried and what was lost. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-faults-'))
  project.provide('faultTable', folder)
  return () => {
    const rows = readdirSync(folder).map(
      (name): FaultRow => JSON.parse(readFileSync(join(folder, name), 'utf8')),
    )
    rmSync(folder, { recursive: true, force: true })
    if (rows.length > 0) console.log(`\n${tableOf(rows)}\n`)
  }
}

const head = ['fault', 'engine', 'tried', 'acknowledged', 'lost', 'doubled', 'left over', 'seed']
/** The first columns are words, the others numbers. */
const WORDS = 2

function tableOf(rows: readonly FaultRow[]): string {
  const lines = rows
    .map(({ fault, engine, tried, acknowledged, lost, doubled, leftOver, seed = '' }) =>
      [fault, engine, tried, acknowledged, lost, doubled, leftOver, seed].map(String),
    )
    .toSorted((a, b) => a.join().localeCompare(b.join()))
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const pad = (cell: string, column: number) =>
    column < WORDS ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return [head, ...lines].map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}
