import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { renderFileMessage } from '../../src/messages/filemsg.ts'
import { readReference } from '../../src/messages/reference.ts'
import { fc } from '../rigs/properties.ts'

const facts = {
  fileId: '3052ab',
  aesKey: '687a636f627579667a756a7168717968',
  name: '报价 & 合同.v2.xlsx',
  length: 8939,
  md5: '0f36b1b0f1d1a1e1c1b1a19181716151',
  fromWxid: 'wxid_a',
}
const hex = fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Buffer.from(bytes).toString('hex'))

describe('renderFileMessage', () => {
  it('writes the elements of a received file in their order', () => {
    expect(renderFileMessage(facts)).toBe(
      '<?xml version="1.0"?>\n<msg>\n\t<appmsg appid="" sdkver="0">\n' +
        '\t\t<title>报价 &amp; 合同.v2.xlsx</title>\n\t\t<des />\n\t\t<type>6</type>\n\t\t<url />\n' +
        '\t\t<appattach>\n\t\t\t<totallen>8939</totallen>\n' +
        '\t\t\t<attachid>@cdn_3052ab_687a636f627579667a756a7168717968_1</attachid>\n' +
        '\t\t\t<fileext>xlsx</fileext>\n\t\t\t<cdnattachurl>3052ab</cdnattachurl>\n' +
        '\t\t\t<aeskey>687a636f627579667a756a7168717968</aeskey>\n\t\t\t<encryver>0</encryver>\n' +
        '\t\t\t<overwrite_newmsgid>0</overwrite_newmsgid>\n\t\t\t<fileuploadtoken />\n\t\t</appattach>\n' +
        '\t\t<sourceusername />\n\t\t<sourcedisplayname />\n\t\t<thumburl />\n' +
        '\t\t<md5>0f36b1b0f1d1a1e1c1b1a19181716151</md5>\n\t</appmsg>\n' +
        '\t<fromusername>wxid_a</fromusername>\n\t<scene>0</scene>\n' +
        '\t<appinfo>\n\t\t<version>1</version>\n\t\t<appname />\n\t</appinfo>\n\t<commenturl />\n</msg>\n',
    )
  })

  it.each([
    ['a.tar.gz', 'gz'],
    ['README', ''],
    ['.env', ''],
    ['a.', ''],
    ['a.<b>', '&lt;b&gt;'],
  ])('takes from the name %s the extension "%s"', (name, extension) => {
    expect(renderFileMessage({ ...facts, name })).toContain(`<fileext>${extension}</fileext>`)
  })

  it('is read back whatever the file and its sender are called', () => {
    const name = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(hex, hex, name, name, (fileId, aesKey, fileName, fromWxid) => {
        const xml = renderFileMessage({ ...facts, fileId, aesKey, name: fileName, fromWxid })
        expect(readReference(xml)).toEqual({ kind: 'file', fileId, aesKey })
      }),
    )
  })

  it('lets no name out of its element', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('</title>', '<type>57</type>', ']]>', '<', '>', '&', '"', '\n', '.', '/', '甲'),
    })
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true })
    fc.assert(
      fc.property(hostile, hostile, (name, fromWxid) => {
        const { msg } = parser.parse(renderFileMessage({ ...facts, name, fromWxid }))
        expect(msg.appmsg).toMatchObject({ title: name, type: '6' })
        expect(msg.fromusername).toBe(fromWxid)
      }),
    )
  })
})
