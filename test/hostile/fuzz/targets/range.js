// @ts-check
import { readRange } from '../../../../dist/media/range.js'
import { must } from '../expect.js'

export const corpus = ['bytes=0-499', 'bytes=-500', 'bytes=9500-', 'bytes=0-0,-1', 'bytes = 1 - 2'].map(
  (text) => Buffer.from(text),
)
export const words = [
  'bytes=',
  '-',
  ',',
  ' ',
  '\t',
  '999999999999999',
  '0000000000',
  '9007199254740993',
  '+1',
  '1e3',
]
export const maxLength = 4096

/** @param {Buffer} input */
export function fuzz(input) {
  const header = input.toString('latin1')
  for (const length of [0, 1, 10_000, Number.MAX_SAFE_INTEGER]) {
    const range = readRange(header, length)
    if (typeof range === 'string') continue
    const { start, end } = range
    must(Number.isSafeInteger(start) && Number.isSafeInteger(end), 'bounds are whole')
    must(start >= 0 && start < end && end <= length, 'a part lies within')
  }
}
