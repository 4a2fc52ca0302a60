import { describe, expect, it } from 'vitest'
import { firstIdAt, Ids, MAX_NODES, msgIdOf, msgSeqOf } from '../src/ids.ts'
import { fc } from './rigs/properties.ts'

const moment = Date.UTC(2026, 8, 5)
const moments = fc.integer({ min: Date.UTC(2026, 0, 2), max: Date.UTC(2053, 0, 1) })

function take(ids: Ids, count: number): number[] {
  return Array.from({ length: count }, () => ids.next())
}

describe('an id', () => {
  it('has 16 digits, fits a double exactly, and its low 14 digits never start with 0', () => {
    fc.assert(
      fc.property(moments, fc.nat(MAX_NODES - 1), fc.integer({ min: 1, max: 600 }), (now, node, count) => {
        for (const id of take(new Ids(node, 0, () => now), count)) {
          expect(String(id)).toMatch(/^\d\d[1-9]\d{13}$/)
          expect(Number.isSafeInteger(id)).toBe(true)
        }
      }),
    )
  })

  it('survives JSON as a number, as text, and as a double that is written and read again', () => {
    fc.assert(
      fc.property(moments, fc.nat(MAX_NODES - 1), (now, node) => {
        const id = new Ids(node, 0, () => now).next()
        expect(JSON.parse(JSON.stringify({ id }))).toEqual({ id })
        expect(Number(JSON.parse(JSON.stringify(String(id))))).toBe(id)
        expect(Number(id.toExponential(15))).toBe(id)
        const double = Buffer.alloc(8)
        double.writeDoubleBE(id)
        expect(BigInt(double.readDoubleBE(0))).toBe(BigInt(String(id)))
      }),
    )
  })

  it('survives a reader that cuts it into chunks of 14 digits and joins them without padding', () => {
    fc.assert(
      fc.property(moments, (now) => {
        const text = String(new Ids(3, 0, () => now).next())
        const joined = `${Number(text.slice(0, 2))}${Number(text.slice(2))}`
        expect(joined).toBe(text)
      }),
    )
  })
})

describe('ids', () => {
  it('rise and never repeat, also 100,000 in one millisecond', () => {
    const made = take(new Ids(0, 0, () => moment), 100_000)
    expect(made.every((id, index) => index === 0 || id > (made[index - 1] ?? 0))).toBe(true)
  })

  it('are unique over all nodes', () => {
    const now = () => moment
    const made = Array.from({ length: MAX_NODES }, (_, node) => take(new Ids(node, 0, now), 2000)).flat()
    expect(new Set(made).size).toBe(MAX_NODES * 2000)
  })

  it('follow time over the nodes: a later millisecond gives a larger id', () => {
    fc.assert(
      fc.property(moments, fc.nat(MAX_NODES - 1), fc.nat(MAX_NODES - 1), (now, one, other) => {
        const early = take(new Ids(one, 0, () => now), 512).at(-1) ?? Number.NaN
        expect(new Ids(other, 0, () => now + 1).next()).toBeGreaterThan(early)
      }),
    )
  })

  it('go on rising while the clock steps back or stands before our time', () => {
    const steps = fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(steps, (steps) => {
        let now = moment
        const ids = new Ids(7, 0, () => now)
        let last = 0
        for (const step of steps) {
          now += step
          const id = ids.next()
          expect(id).toBeGreaterThan(last)
          last = id
        }
      }),
    )
    expect(String(new Ids(0, 0, () => 0).next())).toMatch(/^\d{16}$/)
  })

  it('go on after the largest one in use, whichever node made it and whatever the clock says', () => {
    fc.assert(
      fc.property(fc.nat(MAX_NODES - 1), fc.nat(MAX_NODES - 1), fc.nat(3000), (one, other, count) => {
        const before = take(new Ids(one, 0, () => moment), count + 1).at(-1) ?? Number.NaN
        const after = new Ids(other, before, () => moment - 3_600_000)
        for (const id of take(after, 600)) expect(id).toBeGreaterThan(before)
      }),
    )
  })

  it('last until 2053', () => {
    const id = new Ids(MAX_NODES - 1, 0, () => Date.UTC(2053, 0, 1)).next()
    expect(id).toBeLessThan(2 ** 53)
    expect(String(id)).toHaveLength(16)
  })

  it.each([-1, MAX_NODES, 0.5, Number.NaN])('refuse %s as a node', (node) => {
    expect(() => new Ids(node)).toThrow(RangeError)
  })
})

describe('the first id of a moment', () => {
  it('is no larger than any of that moment and larger than any before it', () => {
    fc.assert(
      fc.property(moments, fc.nat(MAX_NODES - 1), (now, node) => {
        const first = firstIdAt(now)
        expect(new Ids(node, 0, () => now).next()).toBeGreaterThanOrEqual(first)
        expect(take(new Ids(node, 0, () => now - 1), 512).at(-1)).toBeLessThan(first)
      }),
    )
  })

  it('is the smallest there is for a moment before our time', () => {
    expect(firstIdAt(0)).toBe(firstIdAt(Date.UTC(2026, 0, 1)))
  })
})

describe('msgId and MsgSeq', () => {
  it('fit 31 bits, and msgId is never 0', () => {
    fc.assert(
      fc.property(moments, fc.nat(MAX_NODES - 1), (now, node) => {
        const id = new Ids(node, 0, () => now).next()
        for (const [value, least] of [
          [msgIdOf(id), 1],
          [msgSeqOf(id), 0],
        ] as const) {
          expect(Number.isInteger(value)).toBe(true)
          expect(value).toBeGreaterThanOrEqual(least)
          expect(value).toBeLessThan(2 ** 31)
        }
      }),
    )
    expect(msgIdOf(firstIdAt(0))).toBe(1)
  })

  it('tell messages of two minutes apart', () => {
    let now = moment
    const ids = new Ids(5, 0, () => now)
    const made = Array.from({ length: 120_000 }, () => {
      now += 1
      return msgIdOf(ids.next())
    })
    expect(new Set(made).size).toBe(120_000)
  })

  it('lets MsgSeq rise with time', () => {
    const at = (ms: number) => msgSeqOf(firstIdAt(moment + ms))
    expect(at(64) - at(0)).toBe(1)
    expect(at(365 * 24 * 3600 * 1000)).toBeGreaterThan(at(0))
  })
})
