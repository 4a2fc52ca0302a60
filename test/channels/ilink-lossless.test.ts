import { describe, expect, test } from 'vitest'
import { parseLossless } from '../../src/channels/ilink/lossless.ts'
import { fc } from '../rigs/properties.ts'

describe('a bare id beyond 2^53', () => {
  test.each(['message_id', 'msg_id', 'svr_id'])('in %s becomes a string, digit by digit', (name) => {
    expect(parseLossless(`{"${name}":7497484083968569736}`)).toEqual({ [name]: '7497484083968569736' })
  })

  test('becomes one in every place and spacing', () => {
    const text =
      '{"msgs":[{"message_id" :\n 18446744073709551615 , "item_list":[{"msg_id":1}]},{"svr_id":2\t}]}'
    expect(parseLossless(text)).toEqual({
      msgs: [{ message_id: '18446744073709551615', item_list: [{ msg_id: '1' }] }, { svr_id: '2' }],
    })
  })

  test.each([
    ['"7497484083968569736"', '7497484083968569736'],
    ['null', null],
    ['-5', -5],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['[7]', [7]],
  ])('leaves %s as it is', (value, expected) => {
    expect(parseLossless(`{"message_id":${value}}`)).toEqual({ message_id: expected })
  })

  test('leaves other names alone', () => {
    expect(parseLossless('{"xmessage_id":5,"seq":6,"message_idx":7}')).toEqual({
      xmessage_id: 5,
      seq: 6,
      message_idx: 7,
    })
  })
})

test('what looks like an id inside a text stays a text', () => {
  const texts = ['"message_id":12345', '\\"message_id\\":12345,', '\\', '"', 'message_id', '{"svr_id":1}']
  for (const text of texts) {
    expect(parseLossless(JSON.stringify({ text, message_id: 3, after: text }))).toEqual({
      text,
      message_id: '3',
      after: text,
    })
  }
})

test('any document means what it meant, but for the ids', () => {
  const key = fc.oneof(fc.constantFrom('message_id', 'msg_id', 'svr_id', '"', '\\'), fc.string())
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('document'), { maxLength: 4 }),
      fc.dictionary(key, tie('document'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(document, fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parseLossless(text)).toEqual(withTextIds(JSON.parse(text)))
    }),
  )
})

/** The same by another way: whole non-negative numbers in the id fields as texts. */
function withTextIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextIds)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, inner]) => {
    const bare = ['message_id', 'msg_id', 'svr_id'].includes(name) && typeof inner === 'number'
    return [name, bare && /^\d+$/.test(JSON.stringify(inner)) ? JSON.stringify(inner) : withTextIds(inner)]
  })
  return Object.fromEntries(entries)
}

test.each([
  ['quotes that never close', `{"a":"${'\\"'.repeat(2_000_000)}`],
  ['backslashes', `{"a":"${'\\\\'.repeat(2_000_000)}`],
  ['ids without a number', '"message_id":'.repeat(300_000)],
  ['ids and spaces', `"message_id":${' '.repeat(4_000_000)}`],
  ['brackets', '['.repeat(4_000_000)],
  ['a long number', `{"message_id":${'9'.repeat(4_000_000)}`],
])('four million characters of %s are an error soon', (_name, text) => {
  expect(() => parseLossless(text)).toThrow(SyntaxError)
})
