import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'

/** Ciphertext at rest. */
export interface Spooled {
  readonly length: number
  open(): Readable
  readAll(): Buffer
}

export interface Spool {
  /** Where to write bytes whose number is known before; `done` tells where they are once the sink has finished. */
  sink(length: number): { readonly stream: Writable; done(): Spooled }
  hold(bytes: Buffer): Spooled
  /** Removes every file. */
  dispose(): void
}

/** Up to here bytes stay in memory. */
const smallBytes = 256 * 1024

/** Small things in memory, large ones in files of a temporary folder that exists once it is needed. */
export function createSpool(): Spool {
  let folder: string | undefined
  let files = 0

  function inFile(length: number) {
    folder ??= mkdtempSync(join(tmpdir(), 'ilink-rig-'))
    files += 1
    const path = join(folder, String(files))
    return {
      stream: createWriteStream(path, { highWaterMark: 1 << 20 }),
      done: () => ({ length, open: () => createReadStream(path), readAll: () => readFileSync(path) }),
    }
  }

  function inMemory() {
    const parts: Buffer[] = []
    const stream = new Writable({
      write(part: Buffer, _encoding, next) {
        parts.push(part)
        next()
      },
    })
    return { stream, done: () => held(Buffer.concat(parts)) }
  }

  return {
    sink: (length) => (length <= smallBytes ? inMemory() : inFile(length)),
    hold: held,
    dispose() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
      folder = undefined
    },
  }
}

function held(bytes: Buffer): Spooled {
  return { length: bytes.length, open: () => Readable.from([bytes]), readAll: () => bytes }
}
