import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'

/**
 * Makes this process the only gateway that serves `dataDir`: two would hand out the same ids and tidy away each
 * other's work. The lock is the operating system's on an open file, so it ends with the process, however that ends.
 * @returns gives it back
 * @throws {Error} when another gateway holds it, or the folder cannot be written
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  let lock: Sqlite.Database | undefined
  try {
    accessSync(dataDir, constants.W_OK)
    lock = new Sqlite(join(dataDir, 'gateway.lock'), { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock?.close()
    throw new Error(`${whyNot(dataDir, cause)}, or set HONGYAN_DATA_DIR.`, { cause })
  }
  return () => lock.close()
}

function whyNot(dataDir: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return cause instanceof Sqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY')
    ? `Another gateway serves ${dataDir}${pidOf(dataDir)}; stop it`
    : `The data folder ${dataDir} cannot be written (${message}); see that its disk has room and is not read-only`
}

function pidOf(dataDir: string): string {
  try {
    return ` (pid ${JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8')).pid})`
  } catch {
    return ''
  }
}
