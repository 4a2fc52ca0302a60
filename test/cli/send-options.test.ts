import { expect, test } from 'vitest'
import { WrongUsage } from '../../src/cli/refusals.ts'
import { errandIn, gatewayUrlIn } from '../../src/cli/send-options.ts'

const who = { as: 'wx_a', to: 'wxid_b' }

test.each([
  [{ text: 'hi' }, { kind: 'text', content: 'hi', thumb: undefined, duration: 0 }],
  [{ file: 'a.pdf' }, { kind: 'file', content: 'a.pdf', thumb: undefined, duration: 0 }],
  [
    { video: 'a.mp4', thumb: 'a.jpg', duration: '12.5' },
    { kind: 'video', content: 'a.mp4', thumb: 'a.jpg', duration: 12.5 },
  ],
])('%j is understood', (options, errand) => {
  expect(errandIn({ ...who, ...options })).toEqual(errand)
})

test.each([
  [{}, 'exactly one of'],
  [{ text: 'hi', image: 'a.jpg' }, '--image and --text'],
  [{ text: '' }, '--text is empty'],
  [{ video: ' ' }, '--video is empty'],
  [{ video: 'a.mp4', thumb: '' }, '--thumb is empty'],
  [{ text: 'hi', thumb: 'a.jpg' }, 'belong to --video'],
  [{ file: 'a.mp4', duration: '3' }, 'belong to --video'],
  [{ video: 'a.mp4', duration: '-1' }, 'got -1'],
  [{ video: 'a.mp4', duration: '1e3' }, 'got 1e3'],
  [{ video: 'a.mp4', duration: '86401' }, 'got 86401'],
  [{ text: 'hi', to: '' }, '--to is empty'],
  [{ text: 'hi', as: '' }, '--as is empty'],
])('%j is wrong usage', (options, words) => {
  const read = () => errandIn({ ...who, ...options })
  expect(read).toThrow(WrongUsage)
  expect(read).toThrow(words)
})

test.each([
  ['http://10.0.0.1:2531', 'http://10.0.0.1:2531'],
  ['https://example.com/gewe/v2/api/', 'https://example.com/gewe/v2/api'],
])('--url %s is taken', (text, url) => {
  expect(gatewayUrlIn(text)).toBe(url)
})

test.each(['10.0.0.1:2531', 'ftp://a', 'http://a/?token=1', 'http://u:p@a', 'http://a/#x', ''])(
  '--url %s is wrong usage, and not repeated: it may hold a secret',
  (text) => {
    expect(() => gatewayUrlIn(text)).toThrow(WrongUsage)
    if (text) expect(() => gatewayUrlIn(text)).not.toThrow(text)
  },
)
