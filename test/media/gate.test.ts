import { describe, expect, it } from 'vitest'
import { Gate } from '../../src/media/gate.ts'

/** Work that ends when it is told to, and the order in which it began. */
function works(gate: Gate) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    begun,
    async add(lane: string, name: string, holdMs?: number) {
      const work = () => {
        begun.push(name)
        return new Promise<void>((end) => ends.set(name, end))
      }
      gate.pass(lane, work, holdMs).catch(() => undefined)
      await settle()
    },
    async end(name: string) {
      ends.get(name)?.()
      await settle()
    },
  }
}

describe('a gate', () => {
  it('lets the lanes take turns, whatever the crowd in one of them', async () => {
    const { begun, add, end } = works(new Gate(1))
    for (const name of ['a1', 'a2', 'a3', 'a4']) await add('a', name)
    for (const name of ['b1', 'b2']) await add('b', name)
    await add('c', 'c1')
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) await end(name)
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
  })

  it('lets no more in at once than it is wide', async () => {
    const { begun, add, end } = works(new Gate(2))
    for (const name of ['1', '2', '3', '4']) await add('a', name)
    expect(begun).toEqual(['1', '2'])
    await end('2')
    expect(begun).toEqual(['1', '2', '3'])
    await end('1')
    await end('3')
    await end('4')
    await add('b', '5')
    expect(begun).toEqual(['1', '2', '3', '4', '5'])
  })

  it('gives a place on when its work takes longer than it may hold it, and only once', async () => {
    const { begun, add, end } = works(new Gate(1))
    await add('a', 'slow', 1)
    await add('a', 'next')
    await expect.poll(() => begun).toEqual(['slow', 'next'])
    await end('slow')
    await add('a', 'third')
    expect(begun).toEqual(['slow', 'next'])
    await end('next')
    expect(begun).toEqual(['slow', 'next', 'third'])
  })

  it('is free again after work that fails', async () => {
    const gate = new Gate(1)
    await expect(gate.pass('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(gate.pass('b', () => Promise.resolve(7))).resolves.toBe(7)
  })
})
