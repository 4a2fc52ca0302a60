import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'

/**
 * Makes this process the only gateway that serves `dataDir`: two would hand out the same ids and tidy away each
 * other's work. The lock is the operating system's on an open file, so it ends with the process, however that ends.
 * @returns gives it back
 * @throws {Error} when another gateway holds it
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new Sqlite(join(dataDir, 'gateway.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new Error(`Another gateway serves ${dataDir}${pidOf(dataDir)}; stop it, or set HONGYAN_DATA_DIR.`, {
      cause: error,
    })
  }
  return () => lock.close()
}

function pidOf(dataDir: string): string {
  try {
    return ` (pid ${JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8')).pid})`
  } catch {
    return ''
  }
}
