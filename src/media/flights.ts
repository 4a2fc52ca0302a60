import { type Meter, newMeter } from './meter.ts'

/** A share in work that several callers wait for. */
export interface Lease<T> {
  readonly result: Promise<T>
  /** Of the one run that all share. */
  readonly meter: Meter
  /** Gives the share back; with the last one the work is aborted, or its result disposed of. */
  release(): Promise<void>
}

interface Flight<T> {
  readonly result: Promise<T>
  readonly meter: Meter
  readonly abort: AbortController
  holders: number
}

/** Work under way, by key: callers that ask for the same thing at once share one run of it. */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>()
  readonly #dispose: (result: T) => Promise<void>

  /** @param dispose is given each result once nobody holds it any more */
  constructor(dispose: (result: T) => Promise<void>) {
    this.#dispose = dispose
  }

  /** Joins the run under way for `key`, or starts one. */
  join(key: string, start: (signal: AbortSignal, meter: Meter) => Promise<T>): Lease<T> {
    let flight = this.#flights.get(key)
    if (!flight) {
      const abort = new AbortController()
      const meter = newMeter()
      flight = { result: start(abort.signal, meter), meter, abort, holders: 0 }
      // Whoever holds a lease hears of the failure; without holders nobody needs to.
      flight.result.catch(() => undefined)
      this.#flights.set(key, flight)
    }
    flight.holders += 1
    const joined = flight
    let released = false
    return {
      result: joined.result,
      meter: joined.meter,
      release: async () => {
        if (released) return
        released = true
        joined.holders -= 1
        if (joined.holders > 0) return
        if (this.#flights.get(key) === joined) this.#flights.delete(key)
        joined.abort.abort(new Error('nobody waits for it any more'))
        const settled = await joined.result.then(
          (value) => ({ value }),
          () => undefined,
        )
        if (settled) await this.#dispose(settled.value)
      },
    }
  }
}
