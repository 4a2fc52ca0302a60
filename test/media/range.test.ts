import { describe, expect, it } from 'vitest'
import { readRange } from '../../src/media/range.ts'
import { fc } from '../rigs/properties.ts'

describe('a Range header over 10,000 bytes', () => {
  it.each([
    ['bytes=0-499', { start: 0, end: 500 }],
    ['bytes=500-999', { start: 500, end: 1000 }],
    ['bytes=-500', { start: 9500, end: 10_000 }],
    ['bytes=9500-', { start: 9500, end: 10_000 }],
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=-1', { start: 9999, end: 10_000 }],
    ['bytes=0-', { start: 0, end: 10_000 }],
    ['bytes=9999-', { start: 9999, end: 10_000 }],
    ['bytes=0-999999999999', { start: 0, end: 10_000 }],
    ['bytes=-20000', { start: 0, end: 10_000 }],
    ['bytes = 0 - 1', { start: 0, end: 2 }],
  ])('%j asks for a part', (header, part) => {
    expect(readRange(header, 10_000)).toEqual(part)
  })

  it.each(['bytes=10000-', 'bytes=10000-10001', 'bytes=-0', 'bytes=999999999999-'])(
    '%j lies outside',
    (header) => {
      expect(readRange(header, 10_000)).toBe('none')
    },
  )

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-0,-1',
    'bytes=a-b',
    'bytes=1.5-2',
    'bytes=--1',
    'bytes=0x1-2',
    'lines=0-1',
    '0-1',
  ])('%j is ignored, since it means nothing or more than one part', (header) => {
    expect(readRange(header, 10_000)).toBe('whole')
  })

  it.each(['bytes=0-', 'bytes=0-0', 'bytes=-1'])('%j lies outside an empty file', (header) => {
    expect(readRange(header, 0)).toBe('none')
  })

  it('never gives a part that is empty or goes past the end', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat(30).map(String), fc.nat().map(String))
    fc.assert(
      fc.property(bound, bound, fc.nat(20), (first, last, length) => {
        const range = readRange(`bytes=${first}-${last}`, length)
        if (typeof range === 'string') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.start).toBeLessThan(range.end)
        expect(range.end).toBeLessThanOrEqual(length)
      }),
    )
  })
})
