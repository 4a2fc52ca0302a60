/** Lets so many pass at once; the others wait their turn. */
export class Gate {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(width: number) {
    this.#free = width
  }

  /** @param holdMs the place is given up after so long although the work goes on, milliseconds */
  async pass<T>(work: () => Promise<T>, holdMs?: number): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
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
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}

/** Fetches that start at once, and for how long each holds its place, milliseconds. */
const STARTS_AT_ONCE = 8
const START_MS = 100

/**
 * A gate for fetches. Of hundreds of small files all at the same time each would hold its pieces for long; a few after
 * the other are quicker and need less. A fetch gives up its place after a moment, so that neither a large file nor an
 * origin that stalls keeps the others from starting.
 */
export function createStarts(): <T>(fetch: () => Promise<T>) => Promise<T> {
  const gate = new Gate(STARTS_AT_ONCE)
  return (fetch) => gate.pass(fetch, START_MS)
}
