import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { readReferenceOf } from '../../src/messages/reference.ts'
import { renderVideoMessage } from '../../src/messages/videomsg.ts'
import { fc } from '../rigs/properties.ts'

const facts = {
  fileId: '3052ab',
  aesKey: '687a636f627579667a756a7168717968',
  fromWxid: 'wxid_a',
  length: 1315979,
  playSeconds: 10,
  md5: '0f36b1b0f1d1a1e1c1b1a19181716151',
  thumbLength: 8123,
  thumbWidth: 135,
  thumbHeight: 240,
}

const hex = fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Buffer.from(bytes).toString('hex'))

describe('renderVideoMessage', () => {
  it('writes every attribute of a received video message in its order', () => {
    expect(renderVideoMessage(facts)).toBe(
      '<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="687a636f627579667a756a7168717968"' +
        ' cdnvideourl="3052ab" cdnthumbaeskey="687a636f627579667a756a7168717968" cdnthumburl="3052ab"' +
        ' length="1315979" playlength="10" cdnthumblength="8123" cdnthumbwidth="135" cdnthumbheight="240"' +
        ' fromusername="wxid_a" md5="0f36b1b0f1d1a1e1c1b1a19181716151" newmd5="" isplaceholder="0" rawmd5=""' +
        ' rawlength="0" cdnrawvideourl="" cdnrawvideoaeskey="" overwritenewmsgid="0" originsourcemd5=""' +
        ' isad="0" />\n</msg>\n',
    )
  })

  it('is read back whatever the sender is called', () => {
    fc.assert(
      fc.property(hex, hex, fc.string({ unit: 'binary' }), (fileId, aesKey, fromWxid) => {
        const xml = renderVideoMessage({ ...facts, fileId, aesKey, fromWxid })
        expect(readReferenceOf('video', xml)).toEqual({ fileId, aesKey })
      }),
    )
  })

  it('keeps a sender of any characters in its attribute', () => {
    const name = fc.string({
      unit: fc.constantFrom('"', "'", '<', '>', '&', ';', '\t', '\r', '\n', '/', '🐦', 'a'),
    })
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      htmlEntities: true,
      trimValues: false,
    })
    fc.assert(
      fc.property(name, (fromWxid) => {
        const tree = parser.parse(renderVideoMessage({ ...facts, fromWxid }))
        expect(tree.msg.videomsg).toMatchObject({ fromusername: fromWxid, md5: facts.md5, isad: '0' })
      }),
    )
  })

  it.each(['\u0000', '\u001b', '\ufffe', '\ud800', '\udc00'])(
    'replaces a character that XML cannot hold',
    (bad) => {
      expect(renderVideoMessage({ ...facts, fromWxid: `a${bad}b` })).toContain('fromusername="a\ufffdb"')
    },
  )
})
