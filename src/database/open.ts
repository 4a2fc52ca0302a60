import type { Database } from './database.ts'
import { migrate } from './migrate.ts'

/**
 * Opens the database and migrates it.
 * @param url PostgreSQL, or undefined for SQLite at `path`
 */
export async function openDatabase(url: URL | undefined, path: string): Promise<Database> {
  // Only one engine's driver is loaded: pg alone takes some 8 MB.
  const database = url
    ? (await import('./postgres.ts')).openPostgres(url)
    : (await import('./sqlite.ts')).openSqlite(path)
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close()
    if (!url) throw error
    throw new Error(`The database of HONGYAN_DATABASE_URL cannot be used: ${wordsOf(error)}`, {
      cause: error,
    })
  }
}

/** A failed connection to a name with several addresses has its words inside. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
