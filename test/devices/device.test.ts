import { describe, expect, it } from 'vitest'
import { isChatroomId, newChatroomId, newDevice, uinOf } from '../../src/devices/device.ts'
import { pinyinOf } from '../../src/devices/pinyin.ts'
import { fc } from '../rigs/properties.ts'

describe('names that the gateway gives', () => {
  it('have the shapes of the contract, and never come twice', () => {
    const devices = Array.from({ length: 200 }, () => newDevice('tok', 'local', 1))
    const chatrooms = Array.from({ length: 200 }, newChatroomId)
    for (const { app_id, nick_name } of devices) {
      expect(app_id).toMatch(/^wx_[A-Za-z0-9]{21}$/)
      expect(nick_name).toBe(`鸿雁${app_id.slice(-4)}`)
    }
    for (const id of chatrooms) {
      expect(id).toMatch(/^[1-9]\d{10}@chatroom$/)
      expect(isChatroomId(id)).toBe(true)
    }
    expect(new Set(devices.map(({ app_id }) => app_id)).size).toBe(200)
    expect(new Set(chatrooms).size).toBe(200)
  })

  it('give an account one number of 31 bits', () => {
    fc.assert(
      fc.property(fc.string(), (wxid) => {
        const uin = uinOf(wxid)
        expect(uin).toBe(uinOf(wxid))
        expect(uin).toBeGreaterThanOrEqual(0)
        expect(uin).toBeLessThan(2 ** 31)
      }),
    )
    expect(uinOf('wxid_a')).not.toBe(uinOf('wxid_b'))
  })
})

describe('how a name is read', () => {
  it.each([
    ['', '', ''],
    ['鸿雁', 'HY', 'hongyan'],
    ['文件传输助手', 'WJCSZS', 'wenjianchuanshuzhushou'],
    ['👋！', '', ''],
  ])('%j: %j, %j', async (name, pyInitial, quanPin) => {
    expect(await pinyinOf(name)).toEqual({ pyInitial, quanPin })
  })

  it('keeps letters and digits as they are, in the full reading', async () => {
    expect(await pinyinOf('Tom 猫 2')).toMatchObject({ quanPin: 'Tommao2' })
  })
})
