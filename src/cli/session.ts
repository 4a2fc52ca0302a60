import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readConfig, type Secrets } from '../config.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open.ts'
import { printable } from './refusals.ts'

/** Opens the gateway's database for one command; it may be serving at the same time. */
export async function withDatabase<T>(
  work: (database: Database, settings: { config: Config; secrets: Secrets }) => Promise<T>,
): Promise<T> {
  process.umask(0o077)
  const settings = readConfig()
  const path = join(settings.config.dataDir, 'hongyan.db')
  if (!settings.secrets.databaseUrl && !existsSync(path)) {
    throw new Error(
      `There is no data in ${settings.config.dataDir}; is HONGYAN_DATA_DIR right? The first \`hongyan serve\` makes it.`,
    )
  }
  const database = await openDatabase(settings.secrets.databaseUrl, path)
  try {
    return await work(database, settings)
  } finally {
    await database.close()
  }
}

/** Rows as aligned columns on standard output. */
export function printTable(rows: readonly Record<string, string>[], none: string): void {
  const [first] = rows
  if (!first) {
    console.log(none)
    return
  }
  const lines = [Object.fromEntries(Object.keys(first).map((name) => [name, name])), ...rows]
  const widths = Object.keys(first).map((name) => Math.max(...lines.map((line) => (line[name] ?? '').length)))
  for (const line of lines) {
    const cells = Object.values(line).map((cell, index) => cell.padEnd(widths[index] ?? 0))
    console.log(printable(cells.join('  ').trimEnd()))
  }
}

/** A moment as people read it, UTC. */
export const moment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
