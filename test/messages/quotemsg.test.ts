import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { renderQuoteMessage } from '../../src/messages/quotemsg.ts'
import { renderVideoMessage } from '../../src/messages/videomsg.ts'
import { fc } from '../rigs/properties.ts'

const quoted = {
  msgType: 1,
  newMsgId: 1764000000123456,
  fromWxid: 'wxid_b',
  chatWxid: '1@chatroom',
  displayName: '乙',
  content: '明天几点？',
  sentAt: 1764000000,
}
const facts = { text: '九点', fromWxid: 'wxid_a', quoted }
const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true })

describe('renderQuoteMessage', () => {
  it('has the text for a title and names the quoted message in refermsg, in the order of a received quote', () => {
    expect(renderQuoteMessage(facts)).toBe(
      '<?xml version="1.0"?>\n<msg>\n\t<appmsg appid="" sdkver="0">\n' +
        '\t\t<title>九点</title>\n\t\t<des />\n\t\t<type>57</type>\n\t\t<url />\n' +
        '\t\t<refermsg>\n\t\t\t<type>1</type>\n\t\t\t<svrid>1764000000123456</svrid>\n' +
        '\t\t\t<fromusr>wxid_b</fromusr>\n\t\t\t<chatusr>1@chatroom</chatusr>\n' +
        '\t\t\t<displayname>乙</displayname>\n\t\t\t<content>明天几点？</content>\n' +
        '\t\t\t<createtime>1764000000</createtime>\n\t\t</refermsg>\n\t</appmsg>\n' +
        '\t<fromusername>wxid_a</fromusername>\n\t<scene>0</scene>\n' +
        '\t<appinfo>\n\t\t<version>1</version>\n\t\t<appname />\n\t</appinfo>\n\t<commenturl />\n</msg>\n',
    )
  })

  it('keeps the XML of a quoted video as text', () => {
    const content = renderVideoMessage({
      fileId: '3052ab',
      aesKey: '687a',
      fromWxid: 'wxid_b',
      length: 1,
      playSeconds: 1,
      md5: '0f',
      thumbLength: 1,
      thumbWidth: 1,
      thumbHeight: 1,
    })
    const { msg } = parser.parse(
      renderQuoteMessage({ ...facts, quoted: { ...quoted, msgType: 43, content } }),
    )
    expect(msg.appmsg.refermsg).toMatchObject({ type: '43', content })
    expect(msg.videomsg).toBeUndefined()
  })

  it('lets no text, no name and no content out of its element', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('</content>', '</refermsg>', '<type>6</type>', ']]>', '<', '&', '"', '\n', '甲'),
    })
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (text, fromWxid, displayName, content) => {
        const xml = renderQuoteMessage({
          text,
          fromWxid,
          quoted: { ...quoted, fromWxid, chatWxid: fromWxid, displayName, content },
        })
        const { msg } = parser.parse(xml)
        expect(msg.appmsg).toMatchObject({ title: text, type: '57' })
        expect(msg.appmsg.refermsg).toMatchObject({
          fromusr: fromWxid,
          chatusr: fromWxid,
          displayname: displayName,
          content,
        })
        expect(msg.fromusername).toBe(fromWxid)
      }),
    )
  })
})
