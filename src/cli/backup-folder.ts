import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import { systemCode } from '../errors.ts'
import { type BlobFile, holds } from './blob-files.ts'
import { blobsNamedIn, damageOf } from './database-copy.ts'

/** So many missing blobs are named; of the rest there is a number. */
const NAMED = 5

/** What a backup is made of: the same names as in a data folder. */
export function partsOf(folder: string) {
  return {
    database: join(folder, 'hongyan.db'),
    key: join(folder, 'secret.key'),
    blobs: join(folder, 'blobs'),
    /** What there was no longer to be copied. */
    notes: join(folder, 'backup.json'),
  }
}

export const blobsFolderOf = ({ blobsUrl, dataDir }: Config): string =>
  blobsUrl ? fileURLToPath(blobsUrl) : partsOf(dataDir).blobs

/** A moment as a part of file names that sorts by time. */
export const stampOf = (at: Date): string => at.toISOString().replace(/[-:]/g, '')

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Backups in `folder`, the newest first. */
export async function backupsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  const backups = names.filter((name) => /^hongyan-\d{8}T\d{6}\.\d{3}Z$/.test(name))
  return backups
    .sort()
    .reverse()
    .map((name) => join(folder, name))
}

/**
 * What keeps a backup from being restored, in words; empty for a sound one.
 * @param keyGiven whether the key is kept elsewhere
 */
export async function faultsOf(folder: string, { keyGiven }: { keyGiven: boolean }): Promise<string[]> {
  const { database, key } = partsOf(folder)
  const faults = keyGiven ? [] : await keyFaults(key)
  if (!(await exists(database))) return [...faults, 'hongyan.db is missing']
  const damage = damageOf(database)
  if (damage.length > 0) return [...faults, `hongyan.db is damaged: ${damage.join('; ')}`]
  return [...faults, ...(await missingIn(folder, blobsNamedIn(database)))]
}

/** What is missing of these blobs and was there when the backup was made, in words. */
export async function missingIn(folder: string, blobs: readonly BlobFile[]): Promise<string[]> {
  const { blobs: root, notes } = partsOf(folder)
  const lost = new Set(await lostBefore(notes))
  const missing: BlobFile[] = []
  for (const blob of blobs) if (!lost.has(blob.key) && !(await holds(root, blob))) missing.push(blob)
  const faults = missing
    .slice(0, NAMED)
    .map(({ key, bytes }) => `blobs/${key.slice(0, 2)}/${key} is missing or has not its ${bytes} bytes`)
  const more = missing.length - faults.length
  return more > 0 ? [...faults, `and so are ${more} other blobs`] : faults
}

async function keyFaults(path: string): Promise<string[]> {
  if (!(await exists(path))) return ['secret.key is missing; if the key was in HONGYAN_SECRET_KEY, set that']
  const sound = /^[0-9a-f]{64}\s*$/i.test(await readFile(path, 'utf8'))
  return sound ? [] : ['secret.key does not hold 64 hex digits']
}

/** The blobs that the gateway itself had lost. */
async function lostBefore(path: string): Promise<string[]> {
  // A copy of a data folder that was made by hand has no notes.
  const notes: unknown = (await exists(path)) ? JSON.parse(await readFile(path, 'utf8')) : {}
  const missing = typeof notes === 'object' && notes && 'missing' in notes ? notes.missing : []
  return Array.isArray(missing) ? missing.filter((key) => typeof key === 'string') : []
}
