import {
  type Known,
  merged,
  newest,
  newestId,
  type Order,
  oldestId,
  type Page,
  replaced,
  withHead,
  withOlder,
} from './merge.ts'

/** Rows of a page, as the first look and each look further back ask for them. */
export const PAGE = 50
/** Rows of a page where many are read anew; the most that the server gives. */
const BIG_PAGE = 100
/** With more changed rows than this, everything is read anew instead of each by itself. */
const MAX_SINGLE = 10
/** How often a hint that could not be followed up is tried again; the next hint takes it up too. */
const MAX_TRIES = 5

export interface Source<Row> {
  readonly order: Order<Row>
  /** The newest rows older than `before`, in any order. */
  readonly page: (before: number | undefined, limit: number) => Promise<Page<Row>>
  /** Undefined before the first reading. */
  readonly read: () => Known<Row> | undefined
  readonly write: (known: Known<Row>) => void
  /** Resolves when it is time for the given new try. */
  readonly pause: (tries: number) => Promise<void>
}

/**
 * Keeps what is known of the server's rows true, from hints that some of them changed. Only one thing is done at a time,
 * each from what the one before has left: an answer that comes late never undoes what a later one told.
 */
export class Follower<Row> {
  readonly #source: Source<Row>
  readonly #hinted = new Set<number>()
  #turn: Promise<unknown> = Promise.resolve()
  #catchingUp = false
  #rereading: Promise<void> | undefined
  #older: Promise<void> | undefined
  #tries = 0

  constructor(source: Source<Row>) {
    this.#source = source
  }

  /** Row `id` came or changed. Hints that come while one is followed up are followed up together. */
  hint(id: number): void {
    this.#hinted.add(id)
    if (this.#catchingUp) return
    this.#catchingUp = true
    void this.#inTurn(() => this.#catchUp())
  }

  /** Reads everything that is known anew, or the newest page. Rejects where that fails. */
  reread(): Promise<void> {
    this.#rereading ??= this.#inTurn(async () => {
      this.#rereading = undefined
      const { order, read, write } = this.#source
      const known = read()
      const oldest = known && known.rows.length > 0 ? oldestId(order, known.rows) : undefined
      write(replaced(order, known, await this.#from(oldest, BIG_PAGE)))
    })
    return this.#rereading
  }

  /** Loads the page before the oldest known row. Rejects where that fails. */
  older(): Promise<void> {
    this.#older ??= this.#inTurn(async () => {
      const { order, page, read, write } = this.#source
      const known = read()
      if (!known?.more) return
      write(withOlder(order, known, await page(oldestId(order, known.rows), PAGE)))
    }).finally(() => {
      this.#older = undefined
    })
    return this.#older
  }

  /** Forgets all but the newest page. */
  trim(): void {
    void this.#inTurn(async () => {
      const { read, write } = this.#source
      const known = read()
      if (known) write(newest(known, PAGE))
    })
  }

  async #catchUp(): Promise<void> {
    this.#catchingUp = false
    const ids = [...this.#hinted]
    this.#hinted.clear()
    try {
      await this.#follow(ids)
      this.#tries = 0
    } catch {
      // The next hint, if one comes before the pause is over, takes them up too.
      for (const id of ids) this.#hinted.add(id)
      this.#tries += 1
      if (this.#tries > MAX_TRIES) return
      void this.#source.pause(this.#tries).then(() => {
        for (const id of ids) this.hint(id)
      })
    }
  }

  async #follow(ids: readonly number[]): Promise<void> {
    const { order, page, read, write } = this.#source
    const known = read()
    if (!known) return
    const [oldest, newest] = [oldestId(order, known.rows), newestId(order, known.rows)]
    const head = await this.#from(known.rows.length > 0 ? newest : undefined, PAGE)
    const reached = oldestId(order, head.rows)
    const single = ids.filter((id) => id >= oldest && id < reached)
    if (single.length > MAX_SINGLE) {
      write(replaced(order, known, await this.#from(oldest, BIG_PAGE)))
      return
    }
    const changed: Row[] = []
    for (const id of single) {
      const { rows } = await page(id + 1, 1)
      // Another row says that this one is gone or has moved, and does not always lie within what is known.
      changed.push(...rows.filter((row) => order.id(row) === id))
    }
    write(withHead(order, { ...known, rows: merged(order, known.rows, changed) }, head))
  }

  /** All rows from the newest to `id`, and perhaps some older ones; the newest page where `id` is undefined. */
  async #from(id: number | undefined, limit: number): Promise<Page<Row>> {
    const { order, page } = this.#source
    const rows: Row[] = []
    for (;;) {
      const next = await page(
        rows.length > 0 ? oldestId(order, rows) : undefined,
        id === undefined ? PAGE : limit,
      )
      rows.push(...next.rows)
      const reached = next.rows.length === 0 || oldestId(order, next.rows) <= (id ?? Infinity)
      if (reached || !next.more) return { rows, more: next.more }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}
