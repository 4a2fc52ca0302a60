/* What is known of the server's rows, and how a page of them changes that. */

/** How rows of one kind are told apart and sorted. */
export interface Order<Row> {
  /** Stays the same while the row changes. */
  readonly key: (row: Row) => string | number
  /** What rows are sorted and paged by. */
  readonly id: (row: Row) => number
}

/** Some rows of the server, and whether it has older ones. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly more: boolean
}

/** All rows from the oldest known one to the newest, oldest first, each once. */
export type Known<Row> = Page<Row>

/**
 * `known` with `fresh` put in its places. A fresh row takes the place of the one with its key; one that says nothing new
 * leaves the old object, so that what is drawn from it need not be drawn again.
 */
export function merged<Row>(
  { key, id }: Order<Row>,
  known: readonly Row[],
  fresh: readonly Row[],
): readonly Row[] {
  const byKey = new Map(known.map((row) => [key(row), row]))
  let changed = false
  for (const row of fresh) {
    const had = byKey.get(key(row))
    if (had !== undefined && isSame(had, row)) continue
    byKey.set(key(row), row)
    changed = true
  }
  return changed ? [...byKey.values()].sort((one, other) => id(one) - id(other)) : known
}

/** With the page of what is older than all that was known. */
export function withOlder<Row>(order: Order<Row>, known: Known<Row>, page: Page<Row>): Known<Row> {
  return { rows: merged(order, known.rows, page.rows), more: page.more }
}

/** With `head`: all there is from some row up to the newest, reaching back to what was known, or beyond. */
export function withHead<Row>(order: Order<Row>, known: Known<Row>, head: Page<Row>): Known<Row> {
  const beyond = oldestId(order, head.rows) <= oldestId(order, known.rows)
  return { rows: merged(order, known.rows, head.rows), more: beyond ? head.more : known.more }
}

/** `all` in place of what was known: rows that are gone go. */
export function replaced<Row>(order: Order<Row>, known: Known<Row> | undefined, all: Page<Row>): Known<Row> {
  const had = new Map(known?.rows.map((row) => [order.key(row), row]))
  const rows = merged(order, [], all.rows).map((row) => {
    const old = had.get(order.key(row))
    return old !== undefined && isSame(old, row) ? old : row
  })
  return { rows, more: all.more }
}

/** The newest `count` of them. */
export function newest<Row>(known: Known<Row>, count: number): Known<Row> {
  if (known.rows.length <= count) return known
  return { rows: known.rows.slice(-count), more: true }
}

/** Infinity where there are none. */
export function oldestId<Row>({ id }: Order<Row>, rows: readonly Row[]): number {
  return rows.reduce((least, row) => Math.min(least, id(row)), Number.POSITIVE_INFINITY)
}

/** 0 where there are none. */
export function newestId<Row>({ id }: Order<Row>, rows: readonly Row[]): number {
  return rows.reduce((most, row) => Math.max(most, id(row)), 0)
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
