import { describe, expect, it } from 'vitest'
import { nextAttempt } from '../../src/callbacks/schedule.ts'
import { fc } from '../rigs/properties.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The times of all attempts when each one fails at once. */
function attempts(random: number): number[] {
  const times = [0]
  for (;;) {
    const next = nextAttempt(times.length, 0, times.at(-1) ?? 0, random)
    if (next === undefined) return times
    times.push(next)
  }
}

describe('the schedule of retries', () => {
  it.each([
    [1, 1 * second],
    [2, 5 * second],
    [3, 15 * second],
    [4, 1 * minute],
    [5, 5 * minute],
    [6, 15 * minute],
    [7, 1 * hour],
    [8, 2 * hour],
    [9, 4 * hour],
    [10, 8 * hour],
    [11, 8 * hour],
    [50, 8 * hour],
  ])('waits after failure %i for %i milliseconds', (failed, pause) => {
    expect(nextAttempt(failed, 0, 1000, 0.5)).toBe(1000 + pause)
    const spread = failed <= 3 ? 0.05 : 0.2
    expect(nextAttempt(failed, 0, 0, 0)).toBe(pause * (1 - spread))
    expect(nextAttempt(failed, 0, 0, 1)).toBe(pause * (1 + spread))
  })

  it('makes three retries within half a minute and none after a day, whatever the spread', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        const times = attempts(random)
        expect(times[3]).toBeLessThan(30 * second)
        expect(times.at(-1)).toBeLessThanOrEqual(24 * hour)
        expect(times.length).toBeGreaterThanOrEqual(11)
        expect(times.length).toBeLessThanOrEqual(13)
      }),
    )
  })

  it('gives up exactly when the next attempt would come later than a day after the event', () => {
    expect(nextAttempt(10, 0, 16 * hour, 0.5)).toBe(24 * hour)
    expect(nextAttempt(10, 0, 16 * hour + 1, 0.5)).toBeUndefined()
  })
})
