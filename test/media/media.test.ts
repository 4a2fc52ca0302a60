import { describe, expect, it } from 'vitest'
import { blobFacts, playSeconds } from '../../src/media/media.ts'
import { blobRow } from './rows.ts'

describe('play length', () => {
  it.each([
    [10_000, 3, 10],
    [10_499, 3, 10],
    [10_500, 3, 11],
    [65_200, 0, 65],
    [0, 30, 1],
    [40, 30, 1],
    [null, 30, 30],
    [null, 65.2, 65],
    [null, 0.2, 1],
    [null, 0, 1],
  ])('measured %s ms, told %s s: %s s', (measured, told, seconds) => {
    expect(playSeconds(measured, told)).toBe(seconds)
  })
})

describe('facts of a blob', () => {
  it('leave out a size that was not measured', () => {
    const row = blobRow({ key: 'some-key', tokenId: 'tok', createdAt: 0 })
    expect(blobFacts(row)).toMatchObject({ key: 'some-key', width: 240, height: 135 })
    expect(blobFacts({ ...row, width: null, height: null })).toMatchObject({
      width: undefined,
      height: undefined,
    })
  })
})
