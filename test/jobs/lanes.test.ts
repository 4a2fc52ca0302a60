import { describe, expect, it } from 'vitest'
import { Lanes } from '../../src/jobs/lanes.ts'
import { fc } from '../rigs/properties.ts'

const head = (lane: string) => ({ lane })
const heads = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => head(`${prefix}${index}`))

/** Lanes whose last job took `ms`. */
function seasoned(slots: number, prefix: string, count: number, ms: number): Lanes {
  const lanes = new Lanes(slots)
  for (const { lane } of heads(prefix, count)) {
    lanes.started(lane, 0)
    lanes.ended(lane, ms)
  }
  return lanes
}

describe('lanes', () => {
  it('lets in as many as there are slots and names the last that had its turn', () => {
    const lanes = new Lanes(4)
    const { picked, last } = lanes.pick(heads('a', 9), 0)
    expect(picked.map(({ lane }) => lane)).toEqual(['a0', 'a1', 'a2', 'a3'])
    expect(last).toBe('a3')
  })

  it('passes over a lane that runs', () => {
    const lanes = new Lanes(4)
    lanes.started('a0', 0)
    expect(lanes.pick(heads('a', 2), 0).picked).toEqual([head('a1')])
  })

  it('gives lanes that were slow at most half of the slots', () => {
    const lanes = seasoned(8, 'slow', 20, 1001)
    const { picked, last } = lanes.pick([...heads('slow', 20), ...heads('well', 3)], 2000)
    expect(picked.filter(({ lane }) => lane.startsWith('slow'))).toHaveLength(4)
    expect(picked.filter(({ lane }) => lane.startsWith('well'))).toHaveLength(3)
    expect(last).toBe('well2')
  })

  it('counts a lane as slow while its job takes long', () => {
    const lanes = seasoned(4, 'slow', 2, 1001)
    lanes.started('new0', 0)
    lanes.started('new1', 0)
    expect(lanes.pick([head('slow0')], 500).picked).toHaveLength(1)
    expect(lanes.pick([head('slow0')], 1001).picked).toHaveLength(0)
  })

  it('forgives a slow lane after one quick job, not after one that did not run', () => {
    const lanes = seasoned(2, 'slow', 2, 1001)
    const both = heads('slow', 2)
    lanes.started('slow0', 0)
    lanes.dropped('slow0')
    expect(lanes.pick(both, 0).picked).toHaveLength(1)
    lanes.started('slow0', 0)
    lanes.ended('slow0', 1)
    lanes.beginPass()
    expect(lanes.pick(both, 0).picked).toHaveLength(2)
  })

  it('never runs one lane twice nor more lanes than slots, whatever happens', () => {
    const step = fc.tuple(fc.constantFrom('pick', 'end'), fc.nat(9), fc.nat(3000))
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.array(step, { maxLength: 60 }), (slots, steps) => {
        const lanes = new Lanes(slots)
        const running = new Set<string>()
        let now = 0
        for (const [what, which, ms] of steps) {
          now += ms
          if (what === 'pick') {
            for (const { lane } of lanes.pick(heads('l', which), now).picked) {
              expect(running.has(lane)).toBe(false)
              running.add(lane)
              lanes.started(lane, now)
            }
          } else if (running.delete(`l${which}`)) {
            lanes.ended(`l${which}`, now)
          }
          expect(lanes.free).toBe(slots - running.size)
          expect(lanes.free).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})
