import { describe, expect, it } from 'vitest'
import { conditional, validatorsOf } from '../../src/media/validators.ts'
import { blobRow } from './rows.ts'

const fetched = (etag: string | undefined, lastModified: string | undefined) => ({
  status: 200 as const,
  contentType: undefined,
  length: undefined,
  etag,
  lastModified,
  body: (async function* () {})(),
  cancel: () => {},
})
const known = (etag: string | null, lastModified: string | null) => ({
  etag,
  lastModified,
  checkedAt: 0,
  blob: blobRow({ key: 'some-key', tokenId: 'tok', createdAt: 0 }),
})

describe('validators', () => {
  it('keeps what an origin gave to ask again with', () => {
    expect(validatorsOf(fetched('"a"', 'Sat, 05 Sep 2026 08:00:00 GMT'))).toEqual({
      etag: '"a"',
      lastModified: 'Sat, 05 Sep 2026 08:00:00 GMT',
    })
    expect(validatorsOf(fetched(undefined, undefined))).toEqual({ etag: null, lastModified: null })
  })

  it('keeps none that is empty or longer than any server needs', () => {
    expect(validatorsOf(fetched('', 'x'.repeat(513)))).toEqual({ etag: null, lastModified: null })
    expect(validatorsOf(fetched('x'.repeat(512), undefined)).etag).toHaveLength(512)
  })

  it('asks by the ETag, else by the time, else without a condition', () => {
    expect(conditional(known('"a"', 'then'))).toEqual({ 'if-none-match': '"a"' })
    expect(conditional(known(null, 'then'))).toEqual({ 'if-modified-since': 'then' })
    expect(conditional(known(null, null))).toEqual({})
    expect(conditional(undefined)).toEqual({})
  })
})
