import { startThread } from '../thread.ts'
import { bytesPass } from './scavenge.ts'

export type DigestRequest =
  | { readonly op: 'update'; readonly stream: number; readonly slab: number; readonly bytes: Uint8Array }
  | { readonly op: 'finish' | 'drop'; readonly stream: number }
export type DigestReply =
  | { readonly op: 'updated'; readonly slab: number }
  | { readonly op: 'finished'; readonly stream: number; readonly digested: Digested }

/** Shared memory that carries bytes to the thread. A slab is held only while it is filled and hashed, never while a stream waits for its origin. */
const SLABS = 6
const SLAB_BYTES = 512 * 1024
/** A stream gathers so much before it takes a slab: little at first, since there may be hundreds of small streams at once. */
const FIRST_BYTES = 64 * 1024
const EAGER_BYTES = 4 * 1024 * 1024

export const algorithms = ['md5', 'sha256'] as const
export type Digested = Record<(typeof algorithms)[number], string>

/** MD5 and SHA-256 of any number of streams, off the main thread. */
export interface Digests {
  start(): Digest
  close(): Promise<void>
}

/** The digests of one stream. */
export interface Digest {
  /** Takes the next bytes. A promise means: wait for it before the next call. */
  update(chunk: Buffer): Promise<void> | undefined
  /** Lower-case hex of all bytes taken. */
  finish(): Promise<Digested>
  /** Forgets the stream; harmless after finish. */
  drop(): void
}

interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
}

interface Slab {
  readonly index: number
  readonly memory: Buffer
}

export function startDigests(): Digests {
  const slabs: Slab[] = Array.from({ length: SLABS }, (_, index) => ({
    index,
    memory: Buffer.from(new SharedArrayBuffer(SLAB_BYTES)),
  }))
  const free = [...slabs]
  const waiters: Waiter<Slab>[] = []
  const finishing = new Map<number, Waiter<Digested>>()
  let streams = 0
  let failure: Error | undefined

  const release = (slab: Slab) => {
    const waiter = waiters.shift()
    if (waiter) waiter.resolve(slab)
    else free.push(slab)
  }
  const acquire = (): Promise<Slab> => {
    if (failure) return Promise.reject(failure)
    const slab = free.pop()
    return slab ? Promise.resolve(slab) : new Promise((resolve, reject) => waiters.push({ resolve, reject }))
  }
  const fail = (error: Error) => {
    failure ??= error
    // The slabs that were out do not come back.
    for (const { reject } of [...finishing.values(), ...waiters.splice(0)]) reject(error)
    finishing.clear()
  }

  const thread = startThread('media/digest-thread', {
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  })
  thread.unref()
  thread.on('error', fail)
  thread.on('message', (reply: DigestReply) => {
    if (reply.op === 'updated') {
      const slab = slabs[reply.slab]
      if (slab) release(slab)
      return
    }
    finishing.get(reply.stream)?.resolve(reply.digested)
    finishing.delete(reply.stream)
  })
  const tell = (request: DigestRequest) => thread.postMessage(request)

  const start = (): Digest => {
    const stream = ++streams
    let gathered: Buffer[] = []
    let bytes = 0
    let total = 0

    const flush = async () => {
      const chunks = gathered
      gathered = []
      bytes = 0
      let slab = await acquire()
      let filled = 0
      const post = () => {
        tell({ op: 'update', stream, slab: slab.index, bytes: slab.memory.subarray(0, filled) })
        filled = 0
      }
      for (const chunk of chunks) {
        for (let offset = 0; offset < chunk.length; ) {
          if (filled === SLAB_BYTES) {
            post()
            slab = await acquire()
          }
          const taken = chunk.copy(slab.memory, filled, offset)
          filled += taken
          offset += taken
        }
      }
      post()
    }

    return {
      update(chunk) {
        bytesPass(chunk.length)
        gathered.push(chunk)
        bytes += chunk.length
        total += chunk.length
        const enough = total < EAGER_BYTES ? FIRST_BYTES : SLAB_BYTES
        return bytes >= enough ? flush() : undefined
      },
      async finish() {
        if (bytes > 0) await flush()
        if (failure) throw failure
        const digested = new Promise<Digested>((resolve, reject) =>
          finishing.set(stream, { resolve, reject }),
        )
        tell({ op: 'finish', stream })
        return digested
      },
      drop: () => tell({ op: 'drop', stream }),
    }
  }

  return {
    start,
    async close() {
      await thread.terminate()
      fail(new Error('the digest thread is closed'))
    },
  }
}
