import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { GatewayError, systemCode } from '../errors.ts'
import { assertKey, type Blobs, type ByteRange, type StagedBlob } from './blobs.ts'
import { readPieces } from './disk-reader.ts'
import { SyncLine, type Written, writeAll } from './disk-writer.ts'

/** Longer than the longest download that the settings allow, milliseconds. */
const ABANDONED_MS = 25 * 3600 * 1000

/**
 * Blobs as files: `<root>/<first two letters>/<key>`, staged in `<root>/staging/<host>-<pid>/`. The rename that commits
 * is on one file system, so a crash leaves a whole blob or none under a key.
 */
export async function openDiskBlobs(root: string): Promise<Blobs> {
  const staging = join(root, 'staging', `${hostname()}-${process.pid}`)
  await translated(sweepStaging(join(root, 'staging')))
  await translated(mkdir(staging, { recursive: true, mode: 0o700 }))

  const line = new SyncLine()
  const pathOf = (key: string) => {
    assertKey(key)
    return join(root, key.slice(0, 2), key)
  }

  return {
    async stage(source) {
      const path = join(staging, randomUUID())
      const file = await translated(open(path, 'wx+', 0o600))
      try {
        return new StagedFile(file, path, await writeAll(file, source, line, translate), pathOf)
      } catch (error) {
        // A disk that cannot be written keeps what is on it, and the caller must hear of that, not of this.
        await Promise.allSettled([file.close(), rm(path, { force: true })])
        throw error
      }
    },

    pieces: (key, range, pieceBytes) =>
      readPieces(() => openExisting(pathOf(key)), range, translated, pieceBytes),

    read: async (key, range) => readPath(pathOf(key), range),

    delete: async (key) => translated(rm(pathOf(key), { force: true })),

    async *list() {
      for await (const shard of await translated(opendir(root))) {
        if (!shard.isDirectory() || shard.name.length !== 2) continue
        for await (const { name } of await opendir(join(root, shard.name))) {
          const facts = await stat(join(root, shard.name, name)).catch(() => undefined)
          if (facts) yield { key: name, committedAt: facts.mtimeMs }
        }
      }
    },

    async ping() {
      const path = join(staging, `ping-${randomUUID()}`)
      const file = await translated(open(path, 'wx', 0o600))
      try {
        await translated(file.write('ping'))
      } finally {
        await file.close()
        await rm(path, { force: true })
      }
    },
  }
}

class StagedFile implements StagedBlob {
  readonly length: number
  readonly #synced: Promise<void>
  readonly #file: FileHandle
  readonly #path: string
  readonly #pathOf: (key: string) => string
  #settled = false
  #committed: string | undefined

  constructor(file: FileHandle, path: string, { bytes, synced }: Written, pathOf: (key: string) => string) {
    this.#file = file
    this.#path = path
    this.length = bytes
    this.#synced = synced
    this.#pathOf = pathOf
  }

  read(range: ByteRange): Promise<Buffer> {
    return this.#committed === undefined ? readRange(this.#file, range) : readPath(this.#committed, range)
  }

  async commit(key: string): Promise<void> {
    const target = this.#pathOf(key)
    await this.#synced
    const made = await translated(mkdir(dirname(target), { recursive: true, mode: 0o700 }))
    await translated(rename(this.#path, target))
    this.#settled = true
    this.#committed = target
    await translated(this.#file.close())
    await syncFolder(dirname(target))
    if (made) await syncFolder(dirname(dirname(target)))
  }

  async discard(): Promise<void> {
    if (this.#settled) return
    this.#settled = true
    await this.#synced.catch(() => undefined)
    await translated(this.#file.close())
    await translated(rm(this.#path, { force: true }))
  }
}

/** A rename is durable only once the folder that holds the new name is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await translated(open(path, 'r'))
  try {
    await translated(folder.sync())
  } finally {
    await folder.close()
  }
}

/**
 * Removes what a process of this machine that is no longer running had staged, and what a process elsewhere, such as a
 * container since replaced, left for so long that it must be dead.
 */
async function sweepStaging(folder: string): Promise<void> {
  const entries = await opendir(folder).catch(() => undefined)
  if (!entries) return
  for await (const { name } of entries) {
    const [, host, pid] = /^(.*)-(\d+)$/.exec(name) ?? []
    if (host !== hostname()) await sweepOld(join(folder, name))
    else if (!isRunning(Number(pid))) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** The files only: their folder may belong to a process that lives and stages again. */
async function sweepOld(folder: string): Promise<void> {
  for await (const { name } of await opendir(folder)) {
    const path = join(folder, name)
    const facts = await stat(path).catch(() => undefined)
    if (facts && facts.mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

async function openExisting(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT' ? new GatewayError('media_gone', { cause: error }) : translate(error)
  })
}

async function readPath(path: string, range: ByteRange): Promise<Buffer> {
  const file = await openExisting(path)
  try {
    return await readRange(file, range)
  } finally {
    await file.close()
  }
}

async function readRange(file: FileHandle, { start, end }: ByteRange): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(end - start)
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await translated(file.read(buffer, filled, buffer.length - filled, start + filled))
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

const translate = (error: unknown): GatewayError => GatewayError.from(error, 'storage_failed')

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw translate(error)
  }
}
