import { describe, expect, it } from 'vitest'
import { compareEvents, keyOf, messageKey, withdrawalKey } from '../../load/callbacks.js'

const event = (MsgType: number, NewMsgId: number, content: string) => ({
  Appid: 'wx_1',
  Data: { MsgType, NewMsgId, Content: { string: content } },
})

describe('events and what was sent', () => {
  it('are told apart by device and message, a withdrawal by the message it names', () => {
    expect(keyOf(event(43, 1_261_649_329_397_760, '<msg/>'))).toBe(messageKey('wx_1', 1_261_649_329_397_760))
    const notice = '<sysmsg type="revokemsg"><revokemsg><newmsgid>17</newmsgid></revokemsg></sysmsg>'
    expect(keyOf(event(10_002, 18, notice))).toBe(withdrawalKey('wx_1', 17))
    expect(withdrawalKey('wx_1', 17)).not.toBe(messageKey('wx_1', 17))
  })

  it('are compared both ways; a post that came again is no second event', () => {
    const told = [
      ['a', 1, 1],
      ['b', 1, 3],
      ['c', 2, 2],
      ['x', 1, 1],
    ] as const
    expect(compareEvents(['a', 'b', 'c', 'd'], told)).toEqual({
      expected: 4,
      missing: 1,
      foreign: 1,
      doubled: 1,
      repeats: 3,
    })
  })
})
