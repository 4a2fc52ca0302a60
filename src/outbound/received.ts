import type { Socket } from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')
const informational = /^HTTP\/1\.[01] 1\d\d/
/** Heads are limited by undici; this only bounds what is looked at. */
const maxHead = 64 * 1024

/**
 * Counts what a socket brings for one answer, since undici drops without a word what comes behind a body of a promised
 * length: an origin that sends more than it promised has told the wrong length or the wrong file.
 */
export class Received {
  #total = 0
  /** Bytes that were counted and will be read once more. */
  #givenBack = 0
  #headBytes: number | undefined
  #head: Buffer = Buffer.alloc(0)

  /** Counts from now on for the next answer on the same socket. */
  begin(): void {
    this.#total = 0
    this.#headBytes = undefined
    this.#head = Buffer.alloc(0)
  }

  /** Body bytes beyond `length` that have arrived by now. */
  beyond(length: number): number {
    return this.#headBytes === undefined ? 0 : Math.max(0, this.#total - this.#headBytes - length)
  }

  /** undici takes bytes by `read`, and gives back by `unshift` what it is not ready for or what is too much. */
  watch(socket: Socket): void {
    const { read, unshift } = socket
    const watched = {
      read: (size?: number): unknown => {
        const chunk: unknown = read.call(socket, size)
        if (!Buffer.isBuffer(chunk)) return chunk
        const seen = Math.min(this.#givenBack, chunk.length)
        this.#givenBack -= seen
        this.#take(chunk.subarray(seen))
        return chunk
      },
      unshift: (chunk: Buffer): void => {
        this.#givenBack += chunk.length
        unshift.call(socket, chunk)
      },
    }
    Object.assign(socket, watched)
  }

  #take(chunk: Buffer): void {
    const before = this.#total - this.#head.length
    this.#total += chunk.length
    if (this.#headBytes !== undefined || this.#head.length > maxHead) return
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    let start = 0
    for (let end = this.#head.indexOf(headEnd); end >= 0; end = this.#head.indexOf(headEnd, start)) {
      const block = this.#head.subarray(start, end)
      start = end + headEnd.length
      if (informational.test(block.toString('latin1', 0, 16))) continue
      this.#headBytes = before + start
      this.#head = Buffer.alloc(0)
      return
    }
  }
}
