import { describe, expect, test } from 'vitest'
import { makeFileId, readFileId } from '../../src/media/file-id.ts'
import { fc } from '../rigs/properties.ts'

const uuid = 'fc117a6f-6efc-468f-a66b-561a9a8a83b5'
const unixSeconds = 1_703_841_906
const good = makeFileId({ uuid, unixSeconds, account: 'a' })

/** A length as DER writes it, in more bytes than it needs, left open, or another one. */
const lengthOf = (content: Buffer) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(derLength(content.length)) },
    fc.constant(Buffer.from([0x80])),
    fc.constant(Buffer.from([0x81, content.length & 0xff])),
    fc.constant(Buffer.from([0x84, 0, 0, content.length >> 8, content.length & 0xff])),
    fc
      .constantFrom('00', '7f', '8100', '81ff', '82ffff', '84ffffffff', '887fffffffffffffff', 'ff', 'fe00')
      .map((hex) => Buffer.from(hex, 'hex')),
    fc.nat(127).map((size) => Buffer.from([size])),
  )

function derLength(size: number): Buffer {
  if (size < 128) return Buffer.from([size])
  return size < 256 ? Buffer.from([0x81, size]) : Buffer.from([0x82, size >> 8, size & 0xff])
}

const tag = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0x30, 0x02, 0x04) },
  fc.constantFrom(0x24, 0x22, 0x00, 0x05, 0x06, 0x31, 0x1f, 0x3f, 0xa0, 0xbf, 0xff),
)

/** Members within members, each with a length that may lie. */
const { member } = fc.letrec<{ member: Buffer }>((tie) => ({
  member: fc
    .tuple(
      tag,
      fc.oneof(
        { maxDepth: 5 },
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        fc.constant(Buffer.from(uuid)),
        fc.array(tie('member'), { maxLength: 9 }).map((members) => Buffer.concat(members)),
      ),
    )
    .chain(([first, content]) =>
      lengthOf(content).map((length) => Buffer.concat([Buffer.from([first]), length, content])),
    ),
}))

/** Undefined, or what an id may tell. */
function expectSound(text: string): void {
  const content = readFileId(text)
  if (content === undefined) return
  expect(content.uuid).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)
  expect(content.unixSeconds).toBeGreaterThanOrEqual(0)
  expect(content.unixSeconds).toBeLessThan(2 ** 32)
}

test('members whose lengths lie, in any nesting, are read as an id or not at all', () => {
  fc.assert(
    fc.property(member, (bytes) => expectSound(bytes.toString('hex').slice(0, 1024))),
    { numRuns: 1500 },
  )
})

test('an id with any one byte replaced tells a uuid and a time or nothing', () => {
  const bytes = Buffer.from(good, 'hex')
  for (let at = 0; at < bytes.length; at += 1) {
    for (const value of [0x00, 0x01, 0x30, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff]) {
      const altered = Buffer.from(bytes)
      altered[at] = value
      expectSound(altered.toString('hex'))
    }
  }
})

describe('readFileId takes for no id', () => {
  test.each<[string, string]>([
    ['sequences nested to the largest size', '3080'.repeat(256)],
    ['sequences of which each holds the next', nested(200)],
    ['a length of 2^31', `3084ffffffff${good.slice(4)}`],
    ['a length of 127 bytes', `30ff${'ff'.repeat(127)}`],
    ['a tag without end', `3f${'ff'.repeat(500)}`],
    ['an octet string in pieces without end', `30800201002480${'0400'.repeat(200)}`],
    ['members of no length', `3080${'0500'.repeat(250)}0000`],
    ['a megabyte of digits', '30'.repeat(512 * 1024)],
    ['digits that are no ASCII', good.replaceAll('0', '０')],
    ['a digit too many', `${good}0`],
    ['white space around it', ` ${good}\n`],
    ['a line break behind it', `${good}\n`],
    ['a hex mark before it', `0x${good}`],
    ['a NUL in it', good.replace('30', '3\0')],
  ])('%s', (_, text) => {
    expect(readFileId(text)).toBeUndefined()
  })
})

function nested(depth: number): string {
  let bytes = Buffer.alloc(0)
  for (let level = 0; level < depth; level += 1)
    bytes = Buffer.concat([Buffer.from([0x30]), derLength(bytes.length), bytes])
  return bytes.toString('hex')
}
