/** Things that wait in lanes, one lane after the other: none waits for a crowd in another lane. */
export class RoundRobin<T> {
  /** The lane whose turn is next comes first; an empty one is not kept. */
  readonly #lanes = new Map<string, T[]>()

  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  push(lane: string, item: T): void {
    const waiting = this.#lanes.get(lane)
    if (waiting) waiting.push(item)
    else this.#lanes.set(lane, [item])
  }

  shift(): T | undefined {
    const [first] = this.#lanes
    if (!first) return undefined
    const [lane, waiting] = first
    const item = waiting.shift()
    this.#lanes.delete(lane)
    if (waiting.length > 0) this.#lanes.set(lane, waiting)
    return item
  }
}
