import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { Intakes } from '../../src/media/intakes.ts'
import { Turns } from '../../src/media/turns.ts'
import { fc } from '../rigs/properties.ts'

async function* pieces(...lengths: number[]) {
  for (const length of lengths) yield Buffer.alloc(length)
}

const codeOf = (error: unknown) => (error instanceof GatewayError ? error.code : undefined)

/** Reads on until the body ends or is refused. */
async function drain(body: AsyncIterable<Buffer>): Promise<number | string | undefined> {
  let length = 0
  try {
    for await (const piece of body) length += piece.length
    return length
  } catch (error) {
    return codeOf(error)
  }
}

describe('the intakes of a token', () => {
  it('are refused beyond the limit with when to come back, and let in again when one has ended', () => {
    const intakes = new Intakes({ tokenIntakes: 2, tokenBytesInFlight: 100 }, new Turns())
    const [leave] = [intakes.enter('tok'), intakes.enter('tok')]
    expect(() => intakes.enter('tok')).toThrow(
      expect.objectContaining({ code: 'too_many_requests', retryAfter: 5, retryable: true, sent: 'no' }),
    )
    expect(intakes.enter('other')).toBeTypeOf('function')
    leave()
    leave()
    expect(intakes.enter('tok')).toBeTypeOf('function')
    expect(() => intakes.enter('tok')).toThrow(GatewayError)
  })

  it('announce their bytes before the first of them, and those of another token do not count', async () => {
    const intakes = new Intakes({ tokenIntakes: 9, tokenBytesInFlight: 100 }, new Turns())
    for (const token of ['tok', 'tok', 'tok', 'other']) intakes.enter(token)
    const first = intakes.count('tok', pieces(10, 50), 60)
    await first.next()
    expect(await drain(intakes.count('tok', pieces(41), 41))).toBe('too_many_requests')
    expect(await drain(intakes.count('tok', pieces(40), 40))).toBe(40)
    expect(await drain(intakes.count('other', pieces(100), 100))).toBe(100)
    await drain(first)
    expect(await drain(intakes.count('tok', pieces(41), 41))).toBe(41)
  })

  it('that announce nothing, or too little, count as their bytes come', async () => {
    const intakes = new Intakes({ tokenIntakes: 9, tokenBytesInFlight: 100 }, new Turns())
    intakes.enter('tok')
    const held = intakes.count('tok', pieces(50, 1), undefined)
    await held.next()
    expect(await drain(intakes.count('tok', pieces(30, 20, 1), 10))).toBe('too_many_requests')
    expect(await drain(intakes.count('tok', pieces(30, 20), undefined))).toBe(50)
  })

  it('pass whatever their size while the token has no other', async () => {
    const intakes = new Intakes({ tokenIntakes: 9, tokenBytesInFlight: 100 }, new Turns())
    intakes.enter('tok')
    expect(await drain(intakes.count('tok', pieces(500, 500), 1000))).toBe(1000)
  })

  it('give everything back, however they end', async () => {
    const body = fc.record({
      sizes: fc.array(fc.nat(80), { maxLength: 4 }),
      announced: fc.option(fc.nat(90)),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 8 }), async (bodies) => {
        const intakes = new Intakes({ tokenIntakes: 100, tokenBytesInFlight: 100 }, new Turns())
        const leave = intakes.enter('tok')
        await Promise.all(
          bodies.map(async ({ sizes, announced }, index) => {
            const counted = intakes.count('tok', pieces(...sizes), announced ?? undefined)
            if (index % 3 === 0) {
              await counted.next().catch(() => undefined)
              await counted.return(undefined)
            } else await drain(counted)
          }),
        )
        const held = intakes.count('tok', pieces(1), 1)
        await held.next()
        expect(await drain(intakes.count('tok', pieces(99), 99))).toBe(99)
        expect(await drain(intakes.count('tok', pieces(100), 100))).toBe('too_many_requests')
        await drain(held)
        leave()
      }),
    )
  })
})
