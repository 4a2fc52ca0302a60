import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../src/errors.ts'
import { createRequestPace } from '../src/request-pace.ts'
import { fc } from './rigs/properties.ts'

/** A clock that stands still unless it is moved; whoever waits on it is let go in order. */
function standing() {
  let time = 5000
  const waiting: { at: number; go: () => void }[] = []
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    now: () => time,
    pause: (ms: number) => new Promise<void>((go) => waiting.push({ at: time + ms, go })),
    async pass(ms: number) {
      const end = time + ms
      await settle()
      for (;;) {
        waiting.sort((a, b) => a.at - b.at)
        if (!waiting[0] || waiting[0].at > end) break
        const next = waiting.shift()
        time = next?.at ?? time
        next?.go()
        await settle()
      }
      time = end
      await settle()
    },
  }
}

/** Asks once, and keeps when it was let in or with what it was refused. */
function ask(admit: (tokenId: string) => Promise<void>, now: () => number, tokenId = 'tok') {
  const asked: { at?: number; refused?: GatewayError } = {}
  admit(tokenId).then(
    () => {
      asked.at = now()
    },
    (error: GatewayError) => {
      asked.refused = error
    },
  )
  return asked
}

describe('the requests of a token', () => {
  it('that come within a second of the rate go on at once, and the next wait for their turn', async () => {
    const clock = standing()
    const admit = createRequestPace(10, clock)
    const all = Array.from({ length: 15 }, () => ask(admit, clock.now))
    await clock.pass(0)
    // The bucket holds ten, and the one whose turn it is just now.
    expect(all.map(({ at }) => at)).toEqual([...Array(11).fill(5000), ...Array(4).fill(undefined)])
    await clock.pass(400)
    expect(all.slice(11).map(({ at }) => Math.round(at ?? 0))).toEqual([5100, 5200, 5300, 5400])
  })

  it('that would wait for more than two seconds are refused, a second later, with when to come back', async () => {
    const clock = standing()
    const admit = createRequestPace(10, clock)
    const all = Array.from({ length: 40 }, () => ask(admit, clock.now))
    await clock.pass(999)
    expect(all.filter(({ refused }) => refused)).toEqual([])
    await clock.pass(1)
    const refused = all.filter(({ refused }) => refused)
    expect(refused).toHaveLength(40 - 31)
    for (const { refused: error } of refused) {
      expect(error).toMatchObject({ code: 'too_many_requests', retryable: true, sent: 'no', retryAfter: 3 })
      expect(error?.reason).toContain('3 秒后再试')
    }
    await clock.pass(2000)
    expect(all.filter(({ at }) => at !== undefined)).toHaveLength(31)
  })

  it('that were refused and come back when they were told are let in', async () => {
    const clock = standing()
    const admit = createRequestPace(10, clock)
    const all = Array.from({ length: 40 }, () => ask(admit, clock.now))
    await clock.pass(1000)
    const told = all.find(({ refused }) => refused)?.refused?.retryAfter ?? 0
    await clock.pass(told * 1000)
    const again = ask(admit, clock.now)
    await clock.pass(0)
    expect(again.at).toBe(clock.now())
  })

  it('beyond the first few hundred that wait for their refusal are refused at once', async () => {
    const clock = standing()
    const admit = createRequestPace(1, clock)
    const all = Array.from({ length: 300 }, () => ask(admit, clock.now))
    await clock.pass(0)
    expect(all.filter(({ refused }) => refused)).toHaveLength(300 - 256 - 4)
    await clock.pass(1000)
    expect(all.filter(({ refused }) => refused)).toHaveLength(296)
  })

  it('never hold up those of another token', async () => {
    const clock = standing()
    const admit = createRequestPace(10, clock)
    for (let count = 0; count < 1000; count += 1) ask(admit, clock.now)
    const other = ask(admit, clock.now, 'other')
    await clock.pass(0)
    expect(other.at).toBe(5000)
  })

  it('are let in no faster than the rate over any stretch of time, in the order they came', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), gaps, async (rate, pauses) => {
        const clock = standing()
        const admit = createRequestPace(rate, clock)
        const all = []
        for (const gap of pauses) {
          all.push(ask(admit, clock.now))
          await clock.pass(gap)
        }
        await clock.pass(10_000)
        const times = all.flatMap(({ at }) => (at === undefined ? [] : [at]))
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        expect(times.length + all.filter(({ refused }) => refused).length).toBe(pauses.length)
        for (const [first, from] of times.entries()) {
          for (const [last, to] of times.entries()) {
            if (last < first) continue
            expect(last - first).toBeLessThanOrEqual(((to - from) / 1000 + 1) * rate + 1e-6)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('are not counted where the rate is 0', async () => {
    const clock = standing()
    const admit = createRequestPace(0, clock)
    const all = Array.from({ length: 1000 }, () => ask(admit, clock.now))
    await clock.pass(0)
    expect(all.every(({ at }) => at === 5000)).toBe(true)
  })
})
