import { beforeEach, expect, test } from 'vitest'
import { firstMsOf, keepFirstMs } from '../../web/src/send/first-sends.ts'

const kept = new Map<string, string>()
const store = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
}
beforeEach(() => kept.clear())

test('the first send of a media counts, and is found by its fileId from any message with it', () => {
  keepFirstMs(store, { newMsgId: 1, fileId: 'f' }, 900.4)
  keepFirstMs(store, { newMsgId: 2, fileId: 'f' }, 5)
  expect(firstMsOf(store, { newMsgId: 3, fileId: 'f' })).toBe(900)
  expect(firstMsOf(store, { newMsgId: 1, fileId: 'other' })).toBeUndefined()
})

test('a file, whose reply names no fileId, is found by its message', () => {
  keepFirstMs(store, { newMsgId: 1 }, 7)
  expect(firstMsOf(store, { newMsgId: 1, fileId: 'f' })).toBe(7)
  expect(firstMsOf(store, { newMsgId: 2, fileId: '' })).toBeUndefined()
})

test('of more than 200 the oldest go', () => {
  for (let at = 1; at <= 201; at += 1) keepFirstMs(store, { newMsgId: at, fileId: `f${at}` }, at)
  expect(firstMsOf(store, { newMsgId: 0, fileId: 'f1' })).toBeUndefined()
  expect(firstMsOf(store, { newMsgId: 0, fileId: 'f2' })).toBe(2)
  expect(firstMsOf(store, { newMsgId: 0, fileId: 'f201' })).toBe(201)
})

test.each(['', 'null', '{}', '[1,["f"],["f","x"]]', '[["f",'])(
  'what else lies there, %j, is as nothing',
  (text) => {
    kept.set('hongyan.firstSends', text)
    expect(firstMsOf(store, { newMsgId: 1, fileId: 'f' })).toBeUndefined()
    keepFirstMs(store, { newMsgId: 1, fileId: 'f' }, 3)
    expect(firstMsOf(store, { newMsgId: 1, fileId: 'f' })).toBe(3)
  },
)

test('a store that takes nothing more fails no send', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error('QuotaExceededError')
    },
  }
  expect(() => keepFirstMs(full, { newMsgId: 1 }, 1)).not.toThrow()
})
