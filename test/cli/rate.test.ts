import { expect, test } from 'vitest'
import { Rate } from '../../src/cli/rate.ts'
import { fc } from '../rigs/properties.ts'

/** A rate after `add(done)` every `everyMs`, and the time then. */
function after(counts: readonly number[], everyMs: number): { rate: Rate; now: number } {
  const rate = new Rate()
  for (const [index, done] of counts.entries()) rate.add(done, index * everyMs)
  return { rate, now: (counts.length - 1) * everyMs }
}

test('a steady stream has the speed that it has', () => {
  const { rate, now } = after(
    Array.from({ length: 100 }, (_, index) => index * 500),
    100,
  )
  expect(rate.perSecond(now)).toBeCloseTo(5000)
})

test('nothing is told before there is something to tell from', () => {
  expect(new Rate().perSecond(1000)).toBeUndefined()
  const { rate } = after([0, 900], 100)
  expect(rate.perSecond(200)).toBeUndefined()
  expect(rate.perSecond(400)).toBeCloseTo(2250)
})

test('the speed is that of the last seconds, not that of the beginning', () => {
  const fast = Array.from({ length: 50 }, (_, index) => index * 1000)
  const slow = Array.from({ length: 50 }, (_, index) => 49_000 + index)
  const { rate, now } = after([...fast, ...slow], 100)
  expect(rate.perSecond(now)).toBeCloseTo(10)
})

test('the speed falls to nothing where nothing comes any more', () => {
  const { rate, now } = after([0, 5000, 10_000], 1000)
  expect(rate.perSecond(now)).toBeCloseTo(5000)
  expect(rate.perSecond(now + 1000)).toBeLessThan(5000)
  expect(rate.perSecond(now + 3000)).toBe(0)
  expect(rate.perSecond(now + 60_000)).toBe(0)
})

test('no speed is negative or endless, whatever comes', () => {
  const steps = fc.array(fc.tuple(fc.nat(2 ** 40), fc.nat(5000)), { maxLength: 50 })
  fc.assert(
    fc.property(steps, fc.nat(10_000), (calls, later) => {
      const rate = new Rate()
      let now = 0
      for (const [done, wait] of calls) {
        now += wait
        rate.add(done, now)
      }
      const speed = rate.perSecond(now + later) ?? 0
      expect(Number.isFinite(speed) && speed >= 0).toBe(true)
    }),
  )
})
