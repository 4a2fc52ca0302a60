import { describe, expect, it } from 'vitest'
import { createSeal, newAesKey, sealedLength, sealedRange, unseal } from '../../src/media/seal.ts'
import { fc } from '../rigs/properties.ts'

const aesKey = '00112233445566778899aabbccddeeff'

function seal(plain: Buffer, key = aesKey): Buffer {
  const cipher = createSeal(key)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

async function* pieces(content: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (const size of sizes) {
    yield content.subarray(at, at + size)
    at += size
  }
  yield content.subarray(at)
}

describe('sealing', () => {
  it.each([
    ['', '00657ea140655a44782747705d422fad'],
    ['hello', '9d86c8612e085e93a235794a708af7a9'],
    ['0123456789abcdef', 'aebdd39b144089d5e31cacd35b7a113a00657ea140655a44782747705d422fad'],
  ])('seals %j as the WeChat CDN does', (plain, sealed) => {
    expect(seal(Buffer.from(plain)).toString('hex')).toBe(sealed)
  })

  it('gives the same bytes whichever way they come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 12 }), (parts) => {
        const cipher = createSeal(aesKey)
        const sealed = Buffer.concat([...parts.map((part) => cipher.update(part)), cipher.final()])
        expect(sealed).toEqual(seal(Buffer.concat(parts)))
      }),
    )
  })

  it.each([
    [0, 16],
    [5, 16],
    [15, 16],
    [16, 32],
    [31, 32],
    [32, 48],
    [12_345, 12_352],
    [1_048_576, 1_048_592],
  ])('makes %d bytes into %d', (length, expected) => {
    expect(sealedLength(length)).toBe(expected)
    expect(seal(Buffer.alloc(length))).toHaveLength(expected)
  })

  it('makes a new key each time, as the wire writes it', () => {
    const keys = Array.from({ length: 100 }, newAesKey)
    expect(new Set(keys).size).toBe(100)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('unsealing', () => {
  const sizes = fc.array(fc.nat(70), { maxLength: 20 })

  it('gives any range of the plain bytes out of the sealed range that holds it, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(400),
        fc.nat(400),
        sizes,
        async (bytes, one, other, sizes) => {
          const plain = Buffer.from(bytes)
          const [start, end] = [Math.min(one, other), Math.max(one, other)].map((at) =>
            Math.min(at, plain.length),
          )
          const range = { start: start ?? 0, end: end ?? 0 }
          const held = sealedRange(range)
          const sealed = seal(plain).subarray(held.start, held.end)
          const parts: Buffer[] = []
          for await (const part of unseal(pieces(sealed, sizes), aesKey, range)) parts.push(part)
          expect(Buffer.concat(parts)).toEqual(plain.subarray(range.start, range.end))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('asks for whole blocks, inside what was sealed, and for less than two blocks too many', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(10_000), (one, other, more) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) }
        const { start, end } = sealedRange(range)
        expect([start % 16, end % 16]).toEqual([0, 0])
        expect(start).toBeLessThanOrEqual(range.start)
        expect(end).toBeGreaterThanOrEqual(range.end)
        expect(end - start - (range.end - range.start)).toBeLessThan(32)
        expect(end).toBeLessThanOrEqual(sealedLength(range.end + more))
      }),
    )
  })

  it('stops reading once it has what was asked for', async () => {
    let read = 0
    const sealed = seal(Buffer.alloc(160))
    const source = async function* () {
      for (let at = 0; at < sealed.length; at += 16) {
        read += 1
        yield sealed.subarray(at, at + 16)
      }
    }
    for await (const _ of unseal(source(), aesKey, { start: 0, end: 17 }));
    expect(read).toBe(2)
  })
})
