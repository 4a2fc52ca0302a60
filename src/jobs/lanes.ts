/** A lane whose job takes longer, in milliseconds, is slow until one of its jobs takes less. */
const SLOW_MS = 1000
/** How many slow lanes are remembered. */
const MAX_SLOW = 10_000

/**
 * Who runs next. One job per lane; and lanes that were slow the last time get at most half of the slots, so that any
 * number of lanes that wait for one dead server leave room for the others.
 */
export class Lanes {
  readonly #slots: number
  readonly #running = new Map<string, number>()
  readonly #slow = new Set<string>()
  /** The slow lane let in last, and whether another was passed over in this pass. */
  #turnOfSlow = ''
  #passedOver = false

  /** @param slots how many lanes run at once, at least 2 */
  constructor(slots: number) {
    this.#slots = slots
  }

  get free(): number {
    return this.#slots - this.#running.size
  }

  /**
   * @param heads one job per lane
   * @param now milliseconds of any clock, the one `started` and `ended` are given
   * @returns the jobs to start, and the last lane that had its turn, whether it was let in or not
   */
  pick<T extends { lane: string }>(heads: readonly T[], now: number): { picked: T[]; last: string } {
    let free = this.free
    let freeForSlow = Math.floor(this.#slots / 2) - this.#slowRunning(now)
    let last = ''
    const picked: T[] = []
    for (const head of heads) {
      if (free === 0) break
      last = head.lane
      const slow = this.#slow.has(head.lane)
      if (this.#running.has(head.lane)) continue
      if (slow && (freeForSlow <= 0 || this.#passedOver)) {
        this.#passedOver = true
        continue
      }
      picked.push(head)
      free -= 1
      if (!slow) continue
      freeForSlow -= 1
      this.#turnOfSlow = head.lane
    }
    return { picked, last }
  }

  /** A pass over the lanes begins. */
  beginPass(): void {
    this.#passedOver = false
  }

  /** After which lane the next pass begins when this one came to its end: slow lanes that were passed over come first. */
  nextStart(): string {
    return this.#passedOver ? this.#turnOfSlow : ''
  }

  started(lane: string, now: number): void {
    this.#running.set(lane, now)
  }

  ended(lane: string, now: number): void {
    const started = this.#running.get(lane) ?? now
    this.#running.delete(lane)
    this.#slow.delete(lane)
    if (now - started <= SLOW_MS) return
    this.#slow.add(lane)
    const [oldest] = this.#slow
    if (this.#slow.size > MAX_SLOW && oldest !== undefined) this.#slow.delete(oldest)
  }

  /** It was started and then did not run. */
  dropped(lane: string): void {
    this.#running.delete(lane)
  }

  #slowRunning(now: number): number {
    let count = 0
    for (const [lane, started] of this.#running)
      if (this.#slow.has(lane) || now - started > SLOW_MS) count += 1
    return count
  }
}
