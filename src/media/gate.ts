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
