import { describe, expect, it } from 'vitest'
import { flatness, percentile, summary, trend } from '../../load/statistics.js'

type Point = readonly [number, number]

/** A value every 5 seconds. */
const series = (count: number, value: (at: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => [at * 5, value(at)])

/** Up and down by turns. */
const jitter = (at: number) => (at % 2 === 0 ? 1 : -1)

describe('percentiles', () => {
  it('are values that were measured, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1)
    expect([0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 90, 99, 100])
    expect(percentile([7], 0.5)).toBe(7)
    expect(percentile([], 0.5)).toBeNaN()
  })

  it('do not depend on the order of the values, compared as numbers', () => {
    expect(summary([100, 9, 20])).toEqual({ count: 3, p50: 20, p90: 100, p99: 100, max: 100 })
  })
})

describe('a trend', () => {
  it('of points on a line is that line, without an error', () => {
    const { mean, slope, standardError } = trend(series(5, (at) => 10 + at))
    expect(mean).toBe(12)
    expect(slope).toBeCloseTo(0.2, 12)
    expect(standardError).toBeCloseTo(0, 12)
  })

  it('has the standard error of least squares', () => {
    // By hand: slope 0.6, squares of the residuals sum up to 2.4, spread of x 10.
    const { slope, standardError } = trend([
      [1, 2],
      [2, 4],
      [3, 5],
      [4, 4],
      [5, 5],
    ])
    expect(slope).toBeCloseTo(0.6, 12)
    expect(standardError).toBeCloseTo(Math.sqrt(2.4 / 3 / 10), 12)
  })
})

describe('flatness', () => {
  it('lets a series rise in its first half', () => {
    const warm = flatness(series(40, (at) => Math.min(at, 20) * 10))
    expect(warm).toMatchObject({ change: 0, isFlat: true })
  })

  it('lets the second half change by less than 5 % of its mean', () => {
    expect(flatness(series(40, (at) => 200 + at * 0.45)).isFlat).toBe(true)
    expect(flatness(series(40, (at) => 200 + at * 0.7)).isFlat).toBe(false)
  })

  it('lets noise be noise', () => {
    const noisy = flatness(series(40, (at) => 10 + jitter(at) * 5))
    expect(noisy.isFlat).toBe(true)
    expect(noisy.noise).toBeGreaterThan(Math.abs(noisy.change))
  })

  it('sees a leak through the noise, and a fall as well', () => {
    expect(flatness(series(40, (at) => 200 + at * 2 + jitter(at))).isFlat).toBe(false)
    expect(flatness(series(40, (at) => 400 - at * 4 + jitter(at))).isFlat).toBe(false)
  })
})
