/** Lets so many tasks run at a time, the others in their order. */
export class Lane {
  readonly #width: number
  readonly #waiting: (() => Promise<void>)[] = []
  #running = 0

  constructor(width: number) {
    this.#width = width
  }

  /** @param task must not reject */
  enter(task: () => Promise<void>): void {
    this.#waiting.push(task)
    this.#next()
  }

  #next(): void {
    if (this.#running >= this.#width) return
    const task = this.#waiting.shift()
    if (!task) return
    this.#running += 1
    void task().finally(() => {
      this.#running -= 1
      this.#next()
    })
  }
}
