import type { FileHandle } from 'node:fs/promises'

/** One write call takes so much of a large blob: fewer calls, and the disk sees large pieces. */
const WRITE_BYTES = 1024 * 1024
/** And so much of its beginning, since there may be hundreds of small ones at once. */
const FIRST_WRITE_BYTES = 64 * 1024
const LARGE_BYTES = 4 * 1024 * 1024
/**
 * So much goes to the disk at once behind the writes, so that the last sync finds little left, and the database, whose
 * commits wait in the same queue, does not wait for all of it. On a 1 GiB video over loopback, in parts of 64 MiB, the
 * final sync took 0.06 s instead of 1.2 s, and the whole ingest 3.0 s instead of 4.2 s. Beside 16 videos of 200 MiB parts
 * of 64 MiB let a `forwardVideo` wait 600 ms at p99, these 45 ms, together with what `media/turns.ts` does. The last part
 * of a file waits in the same line: beside 64 uploads of 16 MiB that made 36 ms of 123.
 */
const SYNC_BYTES = 8 * 1024 * 1024
/** What a file may have written and not yet synced before its writer waits: one sync takes all that is there. */
const UNSYNCED_BYTES = 24 * 1024 * 1024

/** The files of a folder sync one after the other: side by side they are no faster, and hold up everybody else. */
export class SyncLine {
  #last: Promise<unknown> = Promise.resolve()

  run(sync: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(sync)
    this.#last = mine.catch(() => undefined)
    return mine
  }
}

/** What was written. */
export interface Written {
  readonly bytes: number
  /** Settles once it is on the disk; the file must not be closed before. */
  readonly synced: Promise<void>
}

/**
 * Writes `source` to `file` and begins to sync it. At most two writes' worth of bytes is held: one being written, one
 * gathering.
 * @param line where large files wait for their syncs
 * @param translate makes an error of the file system readable; errors of `source` pass on as they are
 */
export async function writeAll(
  file: FileHandle,
  source: AsyncIterable<Buffer>,
  line: SyncLine,
  translate: (error: unknown) => unknown,
): Promise<Written> {
  let length = 0
  let gathered: Buffer[] = []
  let gatheredBytes = 0
  let unsynced = 0
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> = Promise.resolve()
  let behind = 0

  const write = async (buffers: Buffer[], bytes: number) => {
    try {
      await writeFully(file, buffers, bytes)
    } catch (error) {
      throw translate(error)
    }
  }
  const flush = async () => {
    await writing
    const buffers = gathered
    const bytes = gatheredBytes
    gathered = []
    gatheredBytes = 0
    length += bytes
    unsynced += bytes
    writing = write(buffers, bytes)
    // Whoever awaits it next sees the failure; until then it must not count as unhandled.
    writing.catch(() => undefined)
    if (unsynced < SYNC_BYTES) return
    const part = unsynced
    unsynced = 0
    behind += part
    const before = syncing
    syncing = line.run(async () => {
      await before
      await file.datasync()
      behind -= part
    })
    syncing.catch(() => undefined)
    if (behind > UNSYNCED_BYTES) await syncing.catch((error: unknown) => Promise.reject(translate(error)))
  }

  try {
    for await (const chunk of source) {
      gathered.push(chunk)
      gatheredBytes += chunk.length
      if (gatheredBytes >= (length < LARGE_BYTES ? FIRST_WRITE_BYTES : WRITE_BYTES)) await flush()
    }
    if (gatheredBytes > 0) await flush()
    await writing
    const synced = syncing
      .then(() => (length < SYNC_BYTES ? file.sync() : line.run(() => file.sync())))
      .catch((error: unknown) => {
        throw translate(error)
      })
    synced.catch(() => undefined)
    return { bytes: length, synced }
  } catch (error) {
    // The file must not be closed under a write that is still under way.
    await Promise.allSettled([writing, syncing])
    throw error
  }
}

async function writeFully(file: FileHandle, buffers: Buffer[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(buffers)
  let rest = buffers
  let missing = bytes - bytesWritten
  while (missing > 0) {
    rest = [Buffer.concat(rest).subarray(-missing)]
    missing -= (await file.writev(rest)).bytesWritten
  }
}
