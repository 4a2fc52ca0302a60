import { openPostgres } from '../database/postgres.ts'
import { type BlobFile, blobFile } from './blob-files.ts'

/** The blobs that the rows in PostgreSQL name; the schema is left as it is. */
export async function blobsNamedAt(url: URL): Promise<BlobFile[]> {
  const database = openPostgres(url)
  try {
    const rows = await database.sql.selectFrom('blobs').select(['blob_key', 'length']).execute()
    return rows.map(blobFile)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new Error(`The rows in PostgreSQL cannot be read: ${words}`, { cause: error })
  } finally {
    await database.close()
  }
}
