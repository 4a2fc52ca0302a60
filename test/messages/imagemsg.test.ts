import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { renderImageMessage } from '../../src/messages/imagemsg.ts'
import { readReference } from '../../src/messages/reference.ts'
import { fc } from '../rigs/properties.ts'

const facts = {
  fileId: '3052ab',
  aesKey: '687a636f627579667a756a7168717968',
  length: 91815,
  md5: '0f36b1b0f1d1a1e1c1b1a19181716151',
  width: 1080,
  height: 1920,
  thumbLength: 7433,
  thumbWidth: 96,
  thumbHeight: 210,
}
const hex = fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Buffer.from(bytes).toString('hex'))

describe('renderImageMessage', () => {
  it('writes every attribute of a received picture in its order, and what follows the picture', () => {
    expect(renderImageMessage(facts)).toBe(
      '<?xml version="1.0"?>\n<msg>\n\t<img aeskey="687a636f627579667a756a7168717968" encryver="1"' +
        ' cdnthumbaeskey="687a636f627579667a756a7168717968" cdnthumburl="3052ab" cdnthumblength="7433"' +
        ' cdnthumbheight="210" cdnthumbwidth="96" cdnmidheight="1920" cdnmidwidth="1080" cdnhdheight="0"' +
        ' cdnhdwidth="0" cdnmidimgurl="3052ab" length="91815" md5="0f36b1b0f1d1a1e1c1b1a19181716151"' +
        ' hevc_mid_size="91815" originsourcemd5="0f36b1b0f1d1a1e1c1b1a19181716151" />\n' +
        '\t<platform_signature />\n\t<imgdatahash />\n\t<ImgSourceInfo>\n\t\t<ImgSourceUrl />\n' +
        '\t\t<BizType>0</BizType>\n\t</ImgSourceInfo>\n</msg>\n',
    )
  })

  it('gives a picture that nobody measured the size 0', () => {
    const { width: _, height: __, ...unmeasured } = facts
    expect(renderImageMessage(unmeasured)).toContain(' cdnmidheight="0" cdnmidwidth="0" ')
  })

  it('is read back with its file id and key', () => {
    fc.assert(
      fc.property(hex, hex, (fileId, aesKey) => {
        const xml = renderImageMessage({ ...facts, fileId, aesKey })
        expect(readReference(xml)).toEqual({ kind: 'image', fileId, aesKey })
      }),
    )
  })

  it('lets no value out of its attribute', () => {
    const hostile = fc.string({ unit: fc.constantFrom('"', "'", '<', '>', '&', ';', '\n', '/', '🐦', 'a') })
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      htmlEntities: true,
      trimValues: false,
    })
    fc.assert(
      fc.property(hostile, hostile, (fileId, md5) => {
        const tree = parser.parse(renderImageMessage({ ...facts, fileId, md5 }))
        expect(tree.msg.img).toMatchObject({
          cdnmidimgurl: fileId,
          cdnthumburl: fileId,
          md5,
          cdnhdwidth: '0',
        })
      }),
    )
  })
})
