/**
 * Watches that a body keeps a minimum rate. Only the time we waited for the origin counts: while the reader of the
 * bytes is busy, the origin cannot send. Costs two clock readings per chunk and one timer per body.
 */
export class Pace {
  received = 0
  readonly #timer: NodeJS.Timeout | undefined
  #heldMs = 0
  #heldSince: number | undefined
  #start = performance.now()
  #receivedAtStart = 0

  /**
   * @param minRate bytes per second, 0 for none
   * @param windowMs over which the rate is taken
   * @param onSlow called once
   */
  constructor(minRate: number, windowMs: number, onSlow: () => void) {
    if (minRate === 0) return
    this.#timer = setInterval(() => {
      if (this.#heldSince !== undefined) {
        this.handBack()
        this.handOver()
      }
      const now = performance.now()
      const waitedMs = now - this.#start - this.#heldMs
      // After a long hold the first bytes need a round trip; so short a wait says nothing about a rate.
      if (waitedMs < windowMs / 2) return
      const slow = this.received - this.#receivedAtStart < (minRate * waitedMs) / 1000
      this.#start = now
      this.#receivedAtStart = this.received
      this.#heldMs = 0
      if (!slow) return
      this.end()
      onSlow()
    }, windowMs)
  }

  /** The reader has the bytes now. */
  handOver(): void {
    this.#heldSince = performance.now()
  }

  /** The reader wants more. */
  handBack(): void {
    if (this.#heldSince !== undefined) this.#heldMs += performance.now() - this.#heldSince
    this.#heldSince = undefined
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
