import { describe, expect, it } from 'vitest'
import { seeded } from '../../bench/seeded.js'
import { arrivals, openLoop, pick } from '../../load/schedule.js'

describe('the schedule', () => {
  it('is the same for the same seed and another for another', () => {
    const moments = (seed: number) => [...arrivals(100, 10, seeded(seed))]
    expect(moments(1)).toEqual(moments(1))
    expect(moments(1)).not.toEqual(moments(2))
  })

  it('has the rate it is given, at independent moments', () => {
    const moments = [...arrivals(200, 500, seeded(1))]
    expect(moments.length / 500).toBeCloseTo(200, -1)
    expect(moments.at(-1)).toBeLessThan(500_000)
    const gaps = moments.map((at, index) => at - (moments[index - 1] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
    // Of exponential gaps the deviation is the mean, 5 ms.
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(deviation / mean).toBeCloseTo(1, 1)
  })

  it('picks each operation as often as its share', () => {
    const shares = [
      ['often', 6],
      ['seldom', 1],
      ['never', 0],
      ['at times', 3],
    ] as const
    const random = seeded(1)
    const picked = Array.from({ length: 50_000 }, () => pick(shares, random))
    const percent = shares.map(([name]) => picked.filter((each) => each === name).length / 500)
    expect(percent.map(Math.round)).toEqual([60, 10, 0, 30])
  })

  it('begins a request at its moment though no earlier one has been answered, and waits for all', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const answers: (() => void)[] = []
    const loop = openLoop([0, 1, 2], async (intended) => {
      begun.push(intended)
      await new Promise<void>((resolve) => {
        answers.push(resolve)
        if (answers.length === 3) for (const answer of answers) answer()
      })
      ended.push(intended)
    })
    await loop
    expect(begun.map((intended) => Math.round(intended - (begun[0] ?? 0)))).toEqual([0, 1, 2])
    expect(ended).toEqual(begun)
  })

  it('counts from the moment that was meant also when the loop itself is late', async () => {
    const late: number[] = []
    await openLoop([0, 1], async (intended) => {
      late.push(performance.now() - intended)
      const until = performance.now() + 50
      while (performance.now() < until);
    })
    expect(late[1]).toBeGreaterThanOrEqual(49)
  })
})
