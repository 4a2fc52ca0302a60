/** A key that a call under way holds. */
export interface Hold {
  release(): void
}

/** Which keys are held by calls under way in this process. */
export class Holds {
  readonly #holders = new Map<string, symbol>()
  readonly #last = new Map<string, Promise<unknown>>()

  has(id: string): boolean {
    return this.#holders.has(id)
  }

  /** Holds it until released, unless another takes it over meanwhile. */
  take(id: string): Hold {
    const holder = Symbol(id)
    this.#holders.set(id, holder)
    return {
      release: () => {
        if (this.#holders.get(id) === holder) this.#holders.delete(id)
      },
    }
  }

  /** Runs one after the other what decides about the same key. */
  async inTurn<T>(id: string, decide: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(id) ?? Promise.resolve()).then(decide)
    const settled = mine.catch(() => undefined)
    this.#last.set(id, settled)
    try {
      return await mine
    } finally {
      if (this.#last.get(id) === settled) this.#last.delete(id)
    }
  }
}
