import type { Worker } from 'node:worker_threads'
import { DatabaseError, type Statement, type StatementResult } from './database.ts'
import { ANY, type Answer, type Batch, type WireResult, type WireUnit } from './sqlite-protocol.ts'

/** How many texts the thread keeps prepared; queries with lists of varying length make new ones. */
const MAX_TEXTS = 500

/** So many units are sent at once while the thread is free; fewer wait for the others of the same turn of the loop. */
const EAGER_UNITS = 4

interface Waiting {
  readonly unit: readonly Statement[]
  readonly resolve: (results: readonly StatementResult[]) => void
  readonly reject: (error: DatabaseError) => void
}

/**
 * What is asked of the SQLite thread. One batch is under way at a time; what is asked meanwhile goes into the next, so
 * that the commits of concurrent requests share one wait for the disk.
 */
export class SqliteQueue {
  readonly #thread: Worker
  readonly #numbers = new Map<string, number>()
  #texts: [number, string][] = []
  #lastNumber = 0
  #forget = false
  #queue: Waiting[] = []
  #running: (Waiting | undefined)[] = []
  /** Units of the running batch that are not answered yet. */
  #owed = 0
  #scheduled = false
  #ended: DatabaseError | undefined

  constructor(thread: Worker) {
    this.#thread = thread
    thread.on('message', (answer: Answer) => this.#take(answer))
    thread.on('error', (error) =>
      this.#fail(new DatabaseError('other', `the database thread failed: ${error.message}`, error)),
    )
    thread.on('exit', () => this.#fail(new DatabaseError('closed', 'the database is closed')))
  }

  run(unit: readonly Statement[]): Promise<readonly StatementResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended)
      this.#queue.push({ unit, resolve, reject })
      if (this.#owed > 0) return
      if (this.#queue.length >= EAGER_UNITS) return this.#dispatch()
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#dispatch()
      })
    })
  }

  /** Answers what was asked, then ends the thread. */
  async close(): Promise<void> {
    if (this.#ended) return
    const gone = new Promise((resolve) => this.#thread.once('exit', resolve))
    while (this.#owed + this.#queue.length > 0) await new Promise((resolve) => setImmediate(resolve))
    this.#thread.postMessage('close')
    await gone
  }

  #dispatch(): void {
    if (this.#owed > 0 || this.#queue.length === 0) return
    const batch = this.#queue
    this.#queue = []
    this.#running = batch
    this.#owed = batch.length
    const units = batch.map(({ unit }) => this.#wire(unit))
    const message: Batch = { forget: this.#forget, texts: this.#texts, units }
    this.#thread.postMessage(message)
    this.#texts = []
    this.#forget = this.#numbers.size > MAX_TEXTS
    if (this.#forget) this.#numbers.clear()
  }

  #wire(unit: readonly Statement[]): WireUnit {
    return unit.map(({ query, changes }) => [this.#numberOf(query.sql), query.parameters, changes ?? ANY])
  }

  #numberOf(sql: string): number {
    const known = this.#numbers.get(sql)
    if (known !== undefined) return known
    this.#lastNumber += 1
    this.#numbers.set(sql, this.#lastNumber)
    this.#texts.push([this.#lastNumber, sql])
    return this.#lastNumber
  }

  #take(answer: Answer): void {
    const running = this.#running
    this.#owed -= answer.length
    if (this.#owed === 0) this.#dispatch()
    for (const [index, result] of answer) {
      const waiting = running[index]
      running[index] = undefined
      if (waiting) settle(waiting, result)
    }
  }

  #fail(error: DatabaseError): void {
    this.#ended ??= error
    for (const waiting of [...this.#running, ...this.#queue]) waiting?.reject(error)
    this.#running = []
    this.#queue = []
    this.#owed = 0
  }
}

function settle({ resolve, reject }: Waiting, result: WireResult): void {
  if ('fault' in result) reject(new DatabaseError(result.fault, result.message))
  else resolve(result.map((each) => (typeof each === 'number' ? { rows: [], changes: each } : each)))
}
