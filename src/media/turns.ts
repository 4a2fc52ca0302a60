import { RoundRobin } from './round-robin.ts'

/** So many bytes of media pass in one helping, and at least one piece. */
const HELPING_BYTES = 256 * 1024
/** Alone, files have a helping in each turn of the event loop; while other tokens speak, a smaller one in so many milliseconds. */
const CROWDED_BYTES = 128 * 1024
const CROWDED_MS = 2
/** A token speaks for so long after a request of its, milliseconds. */
const SPEAKS_MS = 100

/**
 * Lets the bytes of files through the process in small helpings: a message that arrives beside a hundred files waits for
 * one helping, not for a piece of each file. Tokens take turns; and as long as others speak, files go at some 60 MB/s in
 * all, which leaves them the better part of the processor and of the disk.
 */
export class Turns {
  readonly #waiting = new RoundRobin<{ readonly bytes: number; readonly go: () => void }>()
  #left = HELPING_BYTES
  #isTicking = false
  /** Who spoke last and when, and when anybody else did. */
  #speaker = ''
  #spokeAt = Number.NEGATIVE_INFINITY
  #othersSpokeAt = Number.NEGATIVE_INFINITY

  /** A request of the token has come. */
  spoken(tokenId: string): void {
    if (tokenId !== this.#speaker) this.#othersSpokeAt = this.#spokeAt
    this.#speaker = tokenId
    this.#spokeAt = performance.now()
  }

  /** Asked for before each piece. A promise means: wait for it. */
  take(tokenId: string, bytes: number): Promise<void> | undefined {
    this.#tick(tokenId)
    if (this.#left > 0 && this.#waiting.isEmpty) {
      this.#left -= bytes
      return undefined
    }
    return new Promise((go) => this.#waiting.push(tokenId, { bytes, go }))
  }

  #tick(tokenId: string): void {
    if (this.#isTicking) return
    this.#isTicking = true
    const isCrowded = this.#isCrowded(tokenId)
    const helping = () => {
      this.#isTicking = false
      this.#left = isCrowded ? CROWDED_BYTES : HELPING_BYTES
      while (this.#left > 0) {
        const next = this.#waiting.shift()
        if (!next) return
        this.#left -= next.bytes
        next.go()
      }
      this.#tick(tokenId)
    }
    if (isCrowded) setTimeout(helping, CROWDED_MS)
    else setImmediate(helping)
  }

  #isCrowded(tokenId: string): boolean {
    const at = tokenId === this.#speaker ? this.#othersSpokeAt : this.#spokeAt
    return performance.now() - at < SPEAKS_MS
  }
}
