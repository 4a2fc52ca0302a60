import { describe, expect, test } from 'vitest'
import { advanced, type Progress, type Stage, secondsLeft, speedOf, stages } from '../../web/src/send/rate.ts'
import { fc } from '../rigs/properties.ts'

const MB = 1024 * 1024

/** What is known after so many bytes at so many moments of one stage. */
function heardOf(steps: readonly (readonly [at: number, done: number])[], total: number | null): Progress {
  let progress: Progress | undefined
  for (const [at, done] of steps) progress = advanced(progress, { stage: 'fetch', done, total }, at, false)
  if (!progress) throw new Error('no steps')
  return progress
}

describe('speed', () => {
  test('is unknown after a single word', () => {
    const progress = heardOf([[0, 0]], MB)
    expect(speedOf(progress, 100)).toBeUndefined()
    expect(secondsLeft(progress, 100)).toBeUndefined()
  })

  test('is bytes over the time they took', () => {
    const progress = heardOf(
      [
        [0, 0],
        [1000, 2 * MB],
        [2000, 4 * MB],
      ],
      10 * MB,
    )
    expect(speedOf(progress, 2000)).toBe(2 * MB)
    expect(secondsLeft(progress, 2000)).toBe(3)
  })

  test('forgets what is longer ago than the last seconds', () => {
    const slow = Array.from({ length: 60 }, (_, second) => [second * 1000, second] as const)
    const fast = Array.from({ length: 6 }, (_, second) => [60_000 + second * 1000, 60 + second * MB] as const)
    expect(speedOf(heardOf([...slow, ...fast], null), 65_000)).toBeCloseTo(MB, 0)
  })

  test('falls while nothing is heard, and the time left grows', () => {
    const progress = heardOf(
      [
        [0, 0],
        [1000, MB],
      ],
      4 * MB,
    )
    expect(speedOf(progress, 2000)).toBe(MB / 2)
    expect(secondsLeft(progress, 2000)).toBe(6)
    expect(speedOf(progress, 60_000)).toBe(0)
    expect(secondsLeft(progress, 60_000)).toBeUndefined()
  })

  test('begins anew with each stage', () => {
    const fetched = heardOf(
      [
        [0, 0],
        [1000, 8 * MB],
      ],
      8 * MB,
    )
    const uploading = advanced(fetched, { stage: 'upload', done: 0, total: 8 * MB }, 1100, false)
    expect(speedOf(uploading, 1200)).toBeUndefined()
    const later = advanced(uploading, { stage: 'upload', done: MB, total: 8 * MB }, 2100, false)
    expect(speedOf(later, 2100)).toBe(MB)
  })

  test('begins anew when a stage does, as a second file does', () => {
    const first = heardOf(
      [
        [0, 0],
        [1000, 8 * MB],
      ],
      8 * MB,
    )
    const second = advanced(first, { stage: 'fetch', done: 10, total: 100 }, 1500, false)
    expect(second.samples).toEqual([{ at: 1500, done: 10 }])
  })

  test('keeps no more than the window and the one sample where it begins', () => {
    const steps = Array.from({ length: 1000 }, (_, index) => [index * 100, index] as const)
    const { samples } = heardOf(steps, null)
    expect(samples[0]?.at).toBe(99_900 - 4000)
    expect(samples).toHaveLength(41)
  })
})

describe('time left', () => {
  test('is unknown without an end', () => {
    const progress = heardOf(
      [
        [0, 0],
        [1000, MB],
      ],
      null,
    )
    expect(speedOf(progress, 1000)).toBe(MB)
    expect(secondsLeft(progress, 1000)).toBeUndefined()
  })

  test('is never negative, even where more came than was told', () => {
    const progress = heardOf(
      [
        [0, 0],
        [1000, 2 * MB],
      ],
      MB,
    )
    expect(secondsLeft(progress, 1000)).toBe(0)
  })
})

describe('the share of the whole way', () => {
  const steps = fc.array(
    fc.record({
      stage: fc.constantFrom<Stage>(...stages),
      done: fc.nat(1000),
      total: fc.option(fc.nat(1000), { nil: null }),
    }),
    { minLength: 1, maxLength: 30 },
  )

  test('never falls and stays between nothing and all', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (words, isFromDisk) => {
        let progress: Progress | undefined
        words.forEach((word, index) => {
          const next = advanced(progress, word, index * 100, isFromDisk)
          expect(next.share).toBeGreaterThanOrEqual(progress?.share ?? 0)
          expect(next.share).toBeLessThanOrEqual(1)
          progress = next
        })
      }),
    )
  })

  test('grows with the bytes of a stage', () => {
    const half = heardOf([[0, 50]], 100)
    const all = advanced(half, { stage: 'fetch', done: 100, total: 100 }, 1, false)
    expect(all.share).toBeCloseTo(2 * half.share)
  })

  test('a file from this computer has more of its way behind it when the gateway begins', () => {
    const word = { stage: 'fetch', done: 0, total: 100 } as const
    expect(advanced(undefined, word, 0, true).share).toBe(0.5)
    expect(advanced(undefined, word, 0, false).share).toBe(0)
  })
})
