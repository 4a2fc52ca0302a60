import { afterEach, describe, expect, it, vi } from 'vitest'
import { Turns } from '../../src/media/turns.ts'
import { fc } from '../rigs/properties.ts'

const KiB = 1024
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Asks for so many pieces, and notes each as it is let through. */
function ask(turns: Turns, tokenId: string, bytes: number, count: number, passed: string[]) {
  for (let index = 0; index < count; index += 1) {
    const busy = turns.take(tokenId, bytes)
    if (busy) busy.then(() => passed.push(tokenId)).catch(() => undefined)
    else passed.push(tokenId)
  }
}

describe('bytes of files', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('pass in helpings, one for each turn of the event loop', async () => {
    const turns = new Turns()
    const passed: string[] = []
    ask(turns, 'a', 128 * KiB, 7, passed)
    const seen = [passed.length]
    for (let count = 0; count < 3; count += 1) {
      await turn()
      seen.push(passed.length)
    }
    expect(seen).toEqual([2, 4, 6, 7])
  })

  it('of many files of one token do not hold up a file of another', async () => {
    const turns = new Turns()
    const passed: string[] = []
    ask(turns, 'a', 256 * KiB, 100, passed)
    ask(turns, 'b', 256 * KiB, 2, passed)
    for (let count = 0; count < 5; count += 1) await turn()
    expect(passed).toEqual(['a', 'a', 'b', 'a', 'b', 'a'])
  })

  it('go at a walking pace while another token speaks, and not for what their own says', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
    const turns = new Turns()
    const passed: string[] = []
    turns.spoken('a')
    ask(turns, 'a', 256 * KiB, 3, passed)
    for (let count = 0; count < 5; count += 1) await turn()
    expect(passed).toHaveLength(3)

    turns.spoken('b')
    turns.spoken('a')
    ask(turns, 'a', 256 * KiB, 3, passed)
    const seen = []
    for (let count = 0; count < 4; count += 1) {
      for (let turns = 0; turns < 5; turns += 1) await turn()
      seen.push(passed.length)
      await vi.advanceTimersByTimeAsync(2)
    }
    expect(seen).toEqual([4, 5, 6, 6])
  })

  it('all pass, a piece larger than a helping too', async () => {
    const pieces = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 2000 * KiB })))
    await fc.assert(
      fc.asyncProperty(pieces, async (asked) => {
        const turns = new Turns()
        const passed: string[] = []
        for (const [tokenId, bytes] of asked) ask(turns, tokenId, bytes, 1, passed)
        for (let count = 0; count <= asked.length; count += 1) await turn()
        expect(passed.toSorted()).toEqual(asked.map(([tokenId]) => tokenId).toSorted())
      }),
    )
  })
})
