import type { ByteRange } from '../blobs/blobs.ts'

/**
 * The bytes that a Range header asks for.
 * @returns the whole for no header, several ranges or one that means nothing (RFC 9110 14.2 lets us ignore it); `none` when
 *   the range lies outside
 */
export function readRange(header: string | undefined, length: number): ByteRange | 'whole' | 'none' {
  const [match, first = '', last = ''] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '') ?? []
  if (match === undefined || (first === '' && last === '')) return 'whole'
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 || length === 0 ? 'none' : { start: Math.max(0, length - suffix), end: length }
  }
  const start = Number(first)
  const end = last === '' ? length : Math.min(Number(last) + 1, length)
  if (last !== '' && Number(last) < start) return 'whole'
  return start >= length ? 'none' : { start, end }
}
