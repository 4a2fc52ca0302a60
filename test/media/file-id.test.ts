import { describe, expect, it } from 'vitest'
import { makeFileId, readFileId } from '../../src/media/file-id.ts'
import { fc } from '../rigs/properties.ts'

const uuid = 'fc117a6f-6efc-468f-a66b-561a9a8a83b5'
const uploadedAt = 1703841906
const head = '3052020100044b304902010002043904752002033d11ff02045dd79b240204658e90720424'
const documented = `${head}${Buffer.from(uuid).toString('hex')}0204012400040201000400`
// The example reply of GeWe's postVideo page, as it is printed there.
const published =
  '3052020100044b304902010002043904752002033d11ff02045dd79b240204658e907204246663313137613666' +
  '2d366566632d343638662d61363662d35363161396161383362350204012400040201000400'

const facts = fc.record({
  uuid: fc.uuid(),
  unixSeconds: fc.integer({ min: 0x00800000, max: 0xff7fffff }),
  account: fc.string({ unit: 'binary' }),
})

/** Lengths of the integers inside, read without the library: tag 02, one length byte, the bytes. */
function innerIntegers(id: string): Buffer[] {
  const inner = Buffer.from(id, 'hex').subarray(9, 82)
  const integers: Buffer[] = []
  for (let at = 0; at < inner.length; at += 2 + inner.readUInt8(at + 1)) {
    if (inner[at] === 0x02) integers.push(inner.subarray(at + 2, at + 2 + inner.readUInt8(at + 1)))
  }
  return integers
}

describe('makeFileId', () => {
  it('makes 168 lower-case hex digits that readFileId reads back', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const id = makeFileId(given)
        expect(id).toMatch(/^[\da-f]{168}$/)
        expect(readFileId(id)).toEqual({ uuid: given.uuid, unixSeconds: given.unixSeconds })
      }),
    )
  })

  it('makes the structure and the flags of a video that WeChat sent', () => {
    const id = makeFileId({ uuid, unixSeconds: uploadedAt, account: 'wxid_a' })
    const asDocumented = (text: string) => `${text.slice(0, 20)}…${text.slice(62)}`
    expect(asDocumented(id)).toBe(asDocumented(documented))
    expect(innerIntegers(id).map((integer) => integer.length)).toEqual([1, 4, 3, 4, 4, 4, 1])
  })

  it.each([
    ['video', '01240004'],
    ['image', '01240002'],
    ['file', '01240005'],
    ['voice', '0124000f'],
  ] as const)('says in its flags that it is the id of a %s', (kind, flags) => {
    const id = makeFileId({ uuid, unixSeconds: uploadedAt, account: 'wxid_a', kind })
    expect(innerIntegers(id)[5]?.toString('hex')).toBe(flags)
    expect(readFileId(id)).toEqual({ uuid, unixSeconds: uploadedAt })
  })

  it('is the id of a video when no kind is told', () => {
    const given = { uuid, unixSeconds: uploadedAt, account: 'wxid_a' }
    expect(makeFileId(given)).toBe(makeFileId({ ...given, kind: 'video' }))
  })

  it('writes no integer longer than DER allows and none below zero', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const [, a, b, c] = innerIntegers(makeFileId(given))
        for (const integer of [a, b, c]) {
          expect(integer?.[0]).toBeGreaterThan(0)
          expect(integer?.[0]).toBeLessThan(0x80)
        }
      }),
    )
  })

  it('keeps the account part for one account and changes it for another', () => {
    const accountPart = (account: string) =>
      makeFileId({ uuid, unixSeconds: uploadedAt, account }).slice(20, 62)
    expect(accountPart('wxid_a')).toBe(accountPart('wxid_a'))
    expect(accountPart('wxid_a')).not.toBe(accountPart('wxid_b'))
  })

  it('makes lower case of an upper-case uuid', () => {
    const id = makeFileId({ uuid: uuid.toUpperCase(), unixSeconds: uploadedAt, account: '' })
    expect(readFileId(id)?.uuid).toBe(uuid)
  })

  it.each([0, 0x007fffff, 0xff800000, 1703841906.5, Number.NaN])('refuses the time %s', (unixSeconds) => {
    expect(() => makeFileId({ uuid, unixSeconds, account: '' })).toThrow(RangeError)
  })

  it.each(['', uuid.slice(1), `${uuid.slice(1)}é`])('refuses the uuid "%s"', (given) => {
    expect(() => makeFileId({ uuid: given, unixSeconds: uploadedAt, account: '' })).toThrow(RangeError)
  })
})

describe('readFileId', () => {
  it.each([
    ['a send reply', documented],
    ['received XML, with a filled tail', `3057${documented.slice(4, -4)}0405004c56f900`],
    ['a voice, with bytes behind', `${documented}01020304`],
    ['upper-case digits', documented.toUpperCase()],
  ])('reads the id of %s', (_, id) => {
    expect(readFileId(id)).toEqual({ uuid, unixSeconds: uploadedAt })
  })

  it.each([
    ['nothing', ''],
    ['an odd number of digits', documented.replace('2d', 'd')],
    ['flags that are no integer', documented.replace('020401240004', '040401240004')],
    ['the published sample that lost three digits', published],
    ['a lost byte', documented.replace('2d', '')],
    ['a lost tail', documented.slice(0, -4)],
    ['other letters', documented.replace('2d', 'zz')],
    ['a name that is no uuid', documented.replace('2d', '2e')],
    ['a time of three bytes', documented.replace('0204658e9072', '0203658e90')],
    ['more than 1024 digits', documented.padEnd(1026, '0')],
    ['a structure nested too deep', '3080'.repeat(256)],
    ['a sequence of something else', '3003020100'],
    ['an integer', '020100'],
  ])('answers undefined to %s', (_, text) => {
    expect(readFileId(text)).toBeUndefined()
  })

  it('answers undefined to every cut of an id', () => {
    for (let length = 0; length < documented.length; length += 1) {
      expect(readFileId(documented.slice(0, length))).toBeUndefined()
    }
  })

  it('never throws, and what it reads from a damaged id still is a uuid and a time', () => {
    const damage = fc.tuple(
      fc.nat(documented.length - 1),
      fc.nat(6),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef') }),
    )
    fc.assert(
      fc.property(damage, ([at, cut, put]) => {
        const content = readFileId(documented.slice(0, at) + put + documented.slice(at + cut))
        if (content === undefined) return
        expect(content.uuid).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)
        expect(content.unixSeconds).toBeGreaterThanOrEqual(0)
        expect(content.unixSeconds).toBeLessThan(2 ** 32)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws on arbitrary text', () => {
    const hex = fc.uint8Array({ maxLength: 512 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), hex), (text) => {
        expect(readFileId(text)).toBeUndefined()
      }),
    )
  })
})
