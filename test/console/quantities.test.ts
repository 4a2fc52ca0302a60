import { expect, test } from 'vitest'
import { formatFor } from '../../web/src/ui/quantities.ts'

const { size, speed, duration, dateTime } = formatFor('en')

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KB'],
  [1536, '1.5 KB'],
  [150 * 1024, '150 KB'],
  [1024 ** 2 - 1, '1 MB'],
  [1024 ** 3, '1 GB'],
  [5000 * 1024 ** 4, '5,000 TB'],
])('%d bytes are %s', (bytes, words) => {
  expect(size(bytes)).toBe(words)
  expect(speed(bytes)).toBe(`${words}/s`)
})

test.each([
  [-3, '0:00'],
  [5.4, '0:05'],
  [59.6, '1:00'],
  [65, '1:05'],
  [3600, '1:00:00'],
  [36_061, '10:01:01'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words)
})

test('the year is told of another year alone', () => {
  const lastYear = new Date().getFullYear() - 1
  expect(dateTime(new Date(lastYear, 5, 1, 9, 7).getTime())).toMatch(new RegExp(`${lastYear}.*09:07`))
  expect(dateTime(Date.now())).not.toContain(String(new Date().getFullYear()))
})

test('moments are written in the language that is asked for', () => {
  const noon = new Date(2020, 0, 2, 12, 0).getTime()
  expect(formatFor('zh-CN').dateTime(noon)).toContain('2020年1月2日')
  expect(dateTime(noon)).toContain('Jan 2, 2020')
})
