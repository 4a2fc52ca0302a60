import { describe, expect, it } from 'vitest'
import { Flights } from '../../src/media/flights.ts'

/** A run that ends when the test says so. */
function startRun() {
  const run = {
    signal: new AbortController().signal,
    starts: 0,
    resolve: (_: string) => {},
    reject: (_: Error) => {},
    start: (signal: AbortSignal) => {
      run.starts += 1
      run.signal = signal
      return new Promise<string>((resolve, reject) => {
        run.resolve = resolve
        run.reject = reject
      })
    },
  }
  return run
}

function startFlights() {
  const disposed: string[] = []
  const flights = new Flights<string>((result) => {
    disposed.push(result)
    return Promise.resolve()
  })
  return { flights, disposed }
}

describe('flights', () => {
  it('run once for all who ask while it is under way, and give each the result', async () => {
    const { flights } = startFlights()
    const run = startRun()
    const leases = [1, 2, 3].map(() => flights.join('a', run.start))
    run.resolve('bytes')
    expect(await Promise.all(leases.map(({ result }) => result))).toEqual(['bytes', 'bytes', 'bytes'])
    expect(run.starts).toBe(1)
  })

  it('keep different keys apart', () => {
    const { flights } = startFlights()
    const run = startRun()
    flights.join('a', run.start)
    flights.join('b', run.start)
    expect(run.starts).toBe(2)
  })

  it('give a latecomer the result that is there, as long as somebody holds it', async () => {
    const { flights, disposed } = startFlights()
    const run = startRun()
    const first = flights.join('a', run.start)
    run.resolve('bytes')
    await first.result
    const late = flights.join('a', run.start)
    await first.release()
    expect(disposed).toEqual([])
    expect(await late.result).toBe('bytes')
    await late.release()
    expect(disposed).toEqual(['bytes'])
    expect(run.starts).toBe(1)
  })

  it('go on while one of several who asked leaves, and are aborted when the last does', async () => {
    const { flights, disposed } = startFlights()
    const run = startRun()
    const [one, other] = [flights.join('a', run.start), flights.join('a', run.start)]
    await one.release()
    expect(run.signal.aborted).toBe(false)
    const leaving = other.release()
    expect(run.signal.aborted).toBe(true)
    run.reject(new Error('aborted'))
    await leaving
    expect(disposed).toEqual([])
  })

  it('dispose of a result that came although everybody had left', async () => {
    const { flights, disposed } = startFlights()
    const run = startRun()
    const leaving = flights.join('a', run.start).release()
    run.resolve('bytes')
    await leaving
    expect(disposed).toEqual(['bytes'])
  })

  it('count a share once, however often it is given back', async () => {
    const { flights, disposed } = startFlights()
    const run = startRun()
    const [one, other] = [flights.join('a', run.start), flights.join('a', run.start)]
    run.resolve('bytes')
    await one.release()
    await one.release()
    expect(disposed).toEqual([])
    await other.release()
    await other.release()
    expect(disposed).toEqual(['bytes'])
  })

  it('tell all who wait of a failure, and disposes of nothing', async () => {
    const { flights, disposed } = startFlights()
    const run = startRun()
    const leases = [flights.join('a', run.start), flights.join('a', run.start)]
    run.reject(new Error('404'))
    const outcomes = await Promise.allSettled(leases.map(({ result }) => result))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await Promise.all(leases.map((lease) => lease.release()))
    expect(disposed).toEqual([])
  })

  it('start anew once all have left, also while the former run still ends', async () => {
    const { flights, disposed } = startFlights()
    const [former, next] = [startRun(), startRun()]
    const leaving = flights.join('a', former.start).release()
    const lease = flights.join('a', next.start)
    expect(next.starts).toBe(1)
    former.resolve('old bytes')
    await leaving
    expect(next.signal.aborted).toBe(false)
    const second = flights.join('a', next.start)
    next.resolve('new bytes')
    expect(await Promise.all([lease.result, second.result])).toEqual(['new bytes', 'new bytes'])
    expect(disposed).toEqual(['old bytes'])
  })
})
