import { createHash, randomUUID } from 'node:crypto'
import type { Blobs } from '../blobs/blobs.ts'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { findBlobByKey } from './queries.ts'

/** Where media rest: rows and blobs together. */
export interface Store {
  readonly database: Database
  readonly blobs: Blobs
}

export type BlobRow = Row<'blobs'>

/** How a URL is remembered. */
export const urlHash = (url: string) => createHash('sha256').update(url).digest('hex')

/** The content, and which sealing of it: a key never stands for other bytes. */
export const newBlobKey = (sha256: string) => `${sha256.slice(0, 32)}-${randomUUID()}`

/** Whether a row knows the blob. */
export const isKnownBlob = async ({ database }: Store, tokenId: string, key: string): Promise<boolean> =>
  (await findBlobByKey(database, tokenId, key)) !== undefined
