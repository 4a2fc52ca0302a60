import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { renderRevokeMessage } from '../../src/messages/revokemsg.ts'
import { fc } from '../rigs/properties.ts'

const facts = { msgId: 769523567, newMsgId: 1764000000123456 }

describe('renderRevokeMessage', () => {
  it('names the conversation and both ids and keeps the text in CDATA', () => {
    expect(renderRevokeMessage({ ...facts, session: '1@chatroom', replaceText: '"甲" 撤回了一条消息' })).toBe(
      '<sysmsg type="revokemsg"><revokemsg><session>1@chatroom</session><msgid>769523567</msgid>' +
        '<newmsgid>1764000000123456</newmsgid><replacemsg><![CDATA["甲" 撤回了一条消息]]></replacemsg>' +
        '</revokemsg></sysmsg>',
    )
  })

  it('lets no session and no text out of its element', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(']]>', ']', '>', '<', '&', '"', '/', 'session', '![CDATA[', '甲'),
    })
    const parser = new XMLParser({ parseTagValue: false, trimValues: false })
    fc.assert(
      fc.property(hostile, hostile, (session, replaceText) => {
        expect(parser.parse(renderRevokeMessage({ ...facts, session, replaceText }))).toEqual({
          sysmsg: {
            revokemsg: { session, msgid: '769523567', newmsgid: '1764000000123456', replacemsg: replaceText },
          },
        })
      }),
    )
  })

  it('replaces characters that XML cannot hold', () => {
    const xml = renderRevokeMessage({ ...facts, session: 'a\u0000', replaceText: 'b\ud800' })
    expect(xml).toContain('<session>a\ufffd</session>')
    expect(xml).toContain('<![CDATA[b\ufffd]]>')
  })
})
