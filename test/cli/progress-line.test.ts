import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { clock, type Progress, plainLine, progressLine, type Stage } from '../../src/cli/progress-line.ts'
import { fc } from '../rigs/properties.ts'

const MiB = 1024 ** 2
const half: Progress = { stage: 'fetch', done: 22.8 * MiB, total: 45.6 * MiB, rate: 5.7 * MiB }

const stage = fc.constantFrom<Stage>('give', 'wait', 'fetch', 'seal', 'upload', 'send')
/** Whatever numbers a feed may claim, in sense or not. */
const progress: fc.Arbitrary<Progress> = fc.record({
  stage,
  done: fc.maxSafeNat(),
  total: fc.option(fc.maxSafeNat(), { nil: undefined }),
  rate: fc.option(fc.double({ min: 0, max: 2 ** 55, noNaN: true }), { nil: undefined }),
})
const columns = fc.integer({ min: 0, max: 200 })

test('a line for a wide terminal has stage, bar, bytes, speed and time left', () => {
  expect(progressLine(half, 100, false)).toBe(
    `Fetching        [${'='.repeat(17)}${' '.repeat(17)}]      22.8 of 45.6 MiB     5.7 MiB/s   0:04 left`,
  )
})

test('what does not fit is left out, the time first, then the speed, then the bar', () => {
  const at = (width: number) => progressLine(half, width, false)
  expect(at(80)).toContain('0:04 left')
  expect(at(65)).not.toContain('left')
  expect(at(65)).toContain('5.7 MiB/s')
  expect(at(50)).not.toContain('/s')
  expect(at(50)).toContain('22.8 of 45.6 MiB')
  expect(at(24)).toBe('Fetching        50 %')
  expect(at(12)).toBe('Fetching')
  expect(at(4)).toBe('Fetc')
})

test('no line is longer than the terminal, or tells a number that is none', () => {
  fc.assert(
    fc.property(progress, columns, fc.boolean(), (shown, width, coloured) => {
      const line = stripVTControlCharacters(progressLine(shown, width, coloured))
      expect(line.length).toBeLessThanOrEqual(width)
      expect(`${line} ${plainLine(shown)}`).not.toMatch(/NaN|Infinity|undefined|e\+/)
    }),
  )
})

test('colours change nothing but the bar, and nothing is coloured unless asked for', () => {
  fc.assert(
    fc.property(progress, columns, (shown, width) => {
      const bare = progressLine(shown, width, false)
      expect(stripVTControlCharacters(progressLine(shown, width, true))).toBe(bare)
      expect(stripVTControlCharacters(bare)).toBe(bare)
    }),
  )
  expect(progressLine(half, 100, true)).not.toBe(progressLine(half, 100, false))
})

test('a bar never goes back as bytes come, and is full only when all are there', () => {
  const total = fc.integer({ min: 1, max: 2 ** 40 })
  fc.assert(
    fc.property(total, fc.nat(), fc.nat(), (all, a, b) => {
      const [less, more] = [a % (all + 1), b % (all + 1)].sort((one, other) => one - other)
      const filled = (done = 0) =>
        progressLine({ stage: 'give', done, total: all, rate: undefined }, 100, false).split('=').length
      expect(filled(less)).toBeLessThanOrEqual(filled(more))
      if (less !== undefined && less < all) expect(filled(less)).toBeLessThan(filled(all))
    }),
  )
})

test('where nobody knows the total there is no bar, no share and no time left', () => {
  const unknown: Progress = { stage: 'upload', done: 3 * MiB, total: undefined, rate: MiB }
  expect(progressLine(unknown, 100, false)).toBe('To the channel               3.0 MiB     1.0 MiB/s')
  expect(plainLine(unknown)).toBe('To the channel  3.0 MiB  1.0 MiB/s')
})

test.each<[Progress, string]>([
  [{ stage: 'wait', done: 0, total: undefined, rate: undefined }, 'Waiting'],
  [{ stage: 'give', done: 0, total: 512, rate: undefined }, 'To the gateway  0 %  0 of 512 B'],
  [half, 'Fetching  50 %  22.8 of 45.6 MiB  5.7 MiB/s  0:04 left'],
  [{ stage: 'seal', done: 2048, total: 2048, rate: undefined }, 'Sealing  100 %  2.0 of 2.0 KiB'],
  [{ stage: 'fetch', done: MiB - 1, total: MiB, rate: 0 }, 'Fetching  99 %  1.0 of 1.0 MiB  0 B/s'],
])('%j is the plain line %s', (shown, line) => {
  expect(plainLine(shown)).toBe(line)
})

test.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [61, '1:01'],
  [3599.9, '1:00:00'],
  [3723, '1:02:03'],
])('%d seconds are read as %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text)
})
