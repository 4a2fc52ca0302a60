import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

/**
 * Opens the database and migrates it.
 * @param url PostgreSQL, or undefined for SQLite at `path`
 */
export async function openDatabase(url: URL | undefined, path: string): Promise<Database> {
  const database = url ? openPostgres(url) : openSqlite(path)
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
