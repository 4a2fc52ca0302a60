/** Only what came so lately counts, milliseconds: a line's speed now, not since it began. */
const WINDOW_MS = 3000
/** Samples closer together say nothing more. */
const APART_MS = 100
/** Below this a speed would be a guess. */
const LEAST_MS = 300

interface Sample {
  readonly at: number
  readonly done: number
}

/** How fast bytes move. Times are milliseconds of one clock. */
export class Rate {
  readonly #samples: Sample[] = []
  #latest: Sample | undefined

  /** @param done bytes in all, by now */
  add(done: number, now: number): void {
    this.#latest = { at: now, done }
    const last = this.#samples.at(-1)
    if (!last || now - last.at >= APART_MS) this.#samples.push(this.#latest)
    // The newest of the old ones stays, as what the window is measured from.
    while ((this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift()
  }

  /** Bytes per second; undefined while nobody can know. Falls towards 0 when nothing comes any more. */
  perSecond(now: number): number | undefined {
    const since = now - WINDOW_MS
    const base = this.#samples.findLast(({ at }) => at <= since) ?? this.#samples[0]
    if (!base || !this.#latest || now - base.at < LEAST_MS) return undefined
    return (Math.max(0, this.#latest.done - base.done) * 1000) / (now - base.at)
  }
}
