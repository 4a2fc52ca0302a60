import { describe, expect, it } from 'vitest'
import { peek } from '../../src/media/peek.ts'
import { fc } from '../rigs/properties.ts'

async function* streamOf(chunks: readonly Uint8Array[], ended?: () => void): AsyncGenerator<Buffer> {
  try {
    for (const chunk of chunks) yield Buffer.from(chunk)
  } finally {
    ended?.()
  }
}

describe('peek', () => {
  it('shows the first bytes and gives the whole back, in any chunks', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(80), async (chunks, bytes) => {
        const content = Buffer.concat(chunks)
        const { head, whole } = await peek(streamOf(chunks), bytes)
        expect(head.length).toBeGreaterThanOrEqual(Math.min(bytes, content.length))
        expect(head).toEqual(content.subarray(0, head.length))
        const parts: Buffer[] = []
        for await (const part of whole) parts.push(part)
        expect(Buffer.concat(parts)).toEqual(content)
      }),
    )
  })

  it('asks for no more than it needs', async () => {
    let asked = 0
    const source = async function* () {
      for (;;) {
        asked += 1
        yield Buffer.alloc(10)
      }
    }
    await peek(source(), 25)
    expect(asked).toBe(3)
  })

  it('ends the source when the reader of the whole leaves, at the head and after it', async () => {
    for (const leaveAfter of [1, 3]) {
      let ended = false
      const chunks = Array.from({ length: 5 }, () => Buffer.alloc(10))
      const { whole } = await peek(
        streamOf(chunks, () => {
          ended = true
        }),
        15,
      )
      let seen = 0
      for await (const _ of whole) {
        seen += 1
        if (seen === leaveAfter) break
      }
      expect(ended).toBe(true)
    }
  })

  it('passes a failure of the source on, from the head and from the rest', async () => {
    const failing = async function* (good: number) {
      for (let count = 0; count < good; count += 1) yield Buffer.alloc(10)
      throw new Error('reset')
    }
    await expect(peek(failing(1), 15)).rejects.toThrow('reset')
    const { whole } = await peek(failing(3), 15)
    const read = async () => {
      for await (const _ of whole);
    }
    await expect(read()).rejects.toThrow('reset')
  })
})
