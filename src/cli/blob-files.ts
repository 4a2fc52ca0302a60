import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCode } from '../errors.ts'

/** What a row says of its blob. */
export interface BlobFile {
  readonly key: string
  /** Of the file, which is longer than what it seals. */
  readonly bytes: number
}

/** The file of a row of `blobs`: AES with PKCS#7 adds 1 to 16 bytes to the plain length. */
export function blobFile({ blob_key, length }: { blob_key: string; length: number }): BlobFile {
  if (!/^[a-z0-9][a-z0-9-]{3,127}$/.test(blob_key))
    throw new Error('The database names media by a key that no gateway makes; it is damaged or forged.')
  return { key: blob_key, bytes: (Math.floor(length / 16) + 1) * 16 }
}

/** Whether the whole file is in `root`. */
export async function holds(root: string, blob: BlobFile): Promise<boolean> {
  return (await lengthOf(pathIn(root, blob))) === blob.bytes
}

/** The folders of blobs are laid out as blobs/disk.ts does. */
const pathIn = (root: string, { key }: BlobFile): string => join(root, key.slice(0, 2), key)

async function lengthOf(path: string): Promise<number | undefined> {
  try {
    const facts = await stat(path)
    return facts.isFile() ? facts.size : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Brings blobs into `to`: as hard links where a file system allows it, since a blob never changes, else as copies. Files
 * that are there already stay.
 */
export class BlobCarrier {
  readonly #sources: readonly string[]
  readonly #to: string
  readonly #shards = new Set<string>()
  /** Files that are in `to` now, and their bytes; those among them whose bytes were moved. */
  readonly #brought = new Map<string, number>()
  #copied = 0

  /** @param sources where to look, the first that holds a blob giving it */
  constructor(sources: readonly string[], to: string) {
    this.#sources = sources
    this.#to = to
  }

  get facts(): { readonly files: number; readonly bytes: number; readonly copied: number } {
    const bytes = [...this.#brought.values()].reduce((sum, each) => sum + each, 0)
    return { files: this.#brought.size, bytes, copied: this.#copied }
  }

  /** @returns the blobs that no source holds whole */
  async bring(blobs: readonly BlobFile[]): Promise<BlobFile[]> {
    const missing: BlobFile[] = []
    for (const blob of blobs) {
      if (this.#brought.has(blob.key)) continue
      if (await this.#bringOne(blob)) this.#brought.set(blob.key, blob.bytes)
      else missing.push(blob)
    }
    return missing
  }

  /** Makes the new names durable. */
  async sync(): Promise<void> {
    await mkdir(this.#to, { recursive: true, mode: 0o700 })
    for (const folder of [...this.#shards, this.#to]) await syncPath(folder)
  }

  async #bringOne(blob: BlobFile): Promise<boolean> {
    const target = pathIn(this.#to, blob)
    if (await holds(this.#to, blob)) return true
    for (const root of this.#sources) {
      if (!(await holds(root, blob))) continue
      const shard = dirname(target)
      if (!this.#shards.has(shard)) {
        await mkdir(shard, { recursive: true, mode: 0o700 })
        this.#shards.add(shard)
      }
      // What is there under this name is not whole.
      await rm(target, { force: true })
      try {
        this.#copied += (await linkOrCopy(pathIn(root, blob), target)) === 'copied' ? 1 : 0
        return true
      } catch (error) {
        // Dropped since it was looked at.
        if (systemCode(error) !== 'ENOENT') throw error
      }
    }
    return false
  }
}

async function linkOrCopy(from: string, to: string): Promise<'linked' | 'copied'> {
  try {
    await link(from, to)
    return 'linked'
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw error
    // Another disk, somebody else's file, or a file system without links: a copy does, and says if it cannot be made.
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  await syncPath(to)
  return 'copied'
}

/** Makes a file, or the names in a folder, durable. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
