import { describe, expect, test } from 'vitest'
import type { RigRequest } from '../rigs/ilink-server.ts'
import type { Allowed } from './ilink-allowed-differences.ts'
import { compare } from './ilink-comparison.ts'

/** The comparison itself: whatever differs and is not in the table is found, and so is a table that says too much. */

const request: RigRequest = {
  endpoint: 'cdn/upload',
  method: 'POST',
  path: '/c2c/upload?filekey=a%2Bb&taskid=1',
  headers: { 'content-type': 'application/octet-stream', 'content-length': '32' },
  body: { size: 32, list: [{ key: 'k' }], none: null, empty: [] },
}

const entry: Allowed = {
  of: { request: 'cdn/upload', in: ['file'] },
  field: 'body.size',
  official: /^32$/,
  ours: /^48$/,
  why: 'allowed',
}

function found(changes: Partial<RigRequest>, table: readonly Allowed[] = []): readonly string[] {
  return compare('file', { official: [request], ours: [{ ...request, ...changes }] }, table).found
}

const body = { size: 32, list: [{ key: 'k' }], none: null, empty: [] }

test('equal requests do not differ, whatever the order of their keys', () => {
  expect(found({})).toEqual([])
  expect(found({ body: { empty: [], none: null, list: [{ key: 'k' }], size: 32 } })).toEqual([])
})

describe('it finds', () => {
  test.each<[string, Partial<RigRequest>, string[]]>([
    ['another method', { method: 'PUT' }, ['cdn/upload, method: official "POST", ours "PUT"']],
    ['another type', { body: { ...body, size: '32' } }, ['cdn/upload, body.size: official 32, ours "32"']],
    [
      'null for what is absent',
      { body: { ...body, none: undefined } },
      ['cdn/upload, body.none: official null, ours undefined'],
    ],
    [
      'a list for an object',
      { body: { ...body, empty: {} } },
      ['cdn/upload, body.empty: official [], ours {}'],
    ],
    [
      'a second item',
      { body: { ...body, list: [{ key: 'k' }, 1] } },
      ['cdn/upload, body.list[1]: official undefined, ours 1'],
    ],
    [
      'another spelling in the query',
      { path: '/c2c/upload?filekey=a+b&taskid=1' },
      ['cdn/upload, query filekey: official "a%2Bb", ours "a+b"'],
    ],
    [
      'another order of the query',
      { path: '/c2c/upload?taskid=1&filekey=a%2Bb' },
      ['cdn/upload, query names: official "filekey&taskid", ours "taskid&filekey"'],
    ],
    [
      'another length of a CDN body',
      { headers: { ...request.headers, 'content-length': '48' } },
      ['cdn/upload, header content-length: official "32", ours "48"'],
    ],
  ])('%s', (_what, changes, lines) => {
    expect(found(changes)).toEqual(lines)
  })

  test('another order, and a request too many or too few', () => {
    const other: RigRequest = { ...request, endpoint: 'sendmessage' }
    const swapped = compare('file', { official: [request, other], ours: [other, request] }, [])
    expect(swapped.found).toEqual(['order: official cdn/upload,sendmessage, ours sendmessage,cdn/upload'])
    const twice = compare('file', { official: [request], ours: [request, request] }, [])
    expect(twice.found).toEqual(['cdn/upload 2, the request: official undefined, ours "POST"'])
    const none = compare('file', { official: [request], ours: [] }, [])
    expect(none.found).toEqual(['cdn/upload, the request: official "POST", ours undefined'])
  })
})

test('an entry covers its own values only, in its own exchanges only, and is foreseen there', () => {
  const ours = [{ ...request, body: { ...body, size: 48 } }]
  const line = 'cdn/upload, body.size: allowed'
  expect(compare('file', { official: [request], ours }, [entry])).toEqual({ found: [line], foreseen: [line] })
  expect(compare('image', { official: [request], ours }, [entry])).toEqual({
    found: ['cdn/upload, body.size: official 32, ours 48'],
    foreseen: [],
  })
  expect(found({ body: { ...body, size: 49 } }, [entry])).toEqual([
    'cdn/upload, body.size: official 32, ours 49',
  ])
})

test('an entry that no longer occurs stays foreseen', () => {
  expect(compare('file', { official: [request], ours: [request] }, [entry])).toEqual({
    found: [],
    foreseen: ['cdn/upload, body.size: allowed'],
  })
})
