import Sqlite from 'better-sqlite3'
import { type BlobFile, blobFile, syncPath } from './blob-files.ts'

/** All pages in one step. In several, each commit of a busy gateway would make SQLite begin again. */
const ALL_PAGES = 0x7f_ff_ff_ff

/** Copies the database as it is at one moment, also while a gateway writes; one file results, with nothing beside it. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = openToRead(from)
  try {
    await source.backup(to, { progress: () => ALL_PAGES })
  } finally {
    source.close()
  }
  const copy = new Sqlite(to)
  try {
    copy.pragma('journal_mode = DELETE')
  } finally {
    copy.close()
  }
  await syncPath(to)
}

/** The blobs that the database's rows name; the schema is left as it is. */
export function blobsNamedIn(path: string): BlobFile[] {
  const database = openToRead(path)
  try {
    const rows = database.prepare<[], { blob_key: string; length: number }>(
      'select blob_key, length from blobs',
    )
    return rows.all().map(blobFile)
  } finally {
    database.close()
  }
}

/** What SQLite finds wrong with the file, in its own words; empty for a sound one with a gateway's rows. */
export function damageOf(path: string): string[] {
  try {
    const database = openToRead(path)
    try {
      const rows = database.prepare<[], { integrity_check: string }>('pragma integrity_check(3)').all()
      database.prepare('select 1 from blobs, messages limit 1').get()
      const dangling = database.prepare('pragma foreign_key_check').all()
      const found = rows.map((row) => row.integrity_check).filter((word) => word !== 'ok')
      return dangling.length > 0
        ? [...found, `${dangling.length} rows refer to rows that are not there`]
        : found
    } finally {
      database.close()
    }
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

const openToRead = (path: string) => new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5000 })
