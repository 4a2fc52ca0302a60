import { RoundRobin } from './round-robin.ts'

/** Lets so many pass at once; the others wait in lanes, and the lanes take turns, so that none waits for a crowd in another. */
export class Gate {
  readonly #waiting = new RoundRobin<() => void>()
  #free: number

  constructor(width: number) {
    this.#free = width
  }

  /**
   * @param lane whose work it is: a token
   * @param holdMs the place is given up after so long although the work goes on, milliseconds
   */
  async pass<T>(lane: string, work: () => Promise<T>, holdMs?: number): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((enter) => this.#waiting.push(lane, enter))
    let held = true
    const leave = () => {
      if (held) this.#leave()
      held = false
    }
    const timer = holdMs === undefined ? undefined : setTimeout(leave, holdMs)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      leave()
    }
  }

  #leave(): void {
    const enter = this.#waiting.shift()
    if (enter) enter()
    else this.#free += 1
  }
}

/**
 * Fetches that start at once, and for how long each holds its place, milliseconds. Of 256 senders of small videos, 8 for
 * 100 ms let another token's `forwardVideo` wait 56 ms at p99, these 27, and 74 instead of 53 videos pass a second.
 */
const STARTS_AT_ONCE = 2
const START_MS = 25

/**
 * A gate for fetches. Of hundreds of small files all at the same time each would hold its pieces for long; a few after
 * the other are quicker and need less. A fetch gives up its place after a moment, so that neither a large file nor an
 * origin that stalls keeps the others from starting.
 */
export function createStarts(): <T>(tokenId: string, fetch: () => Promise<T>) => Promise<T> {
  const gate = new Gate(STARTS_AT_ONCE)
  return (tokenId, fetch) => gate.pass(tokenId, fetch, START_MS)
}
