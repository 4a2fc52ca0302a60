import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { readReference } from '../../src/messages/reference.ts'
import { renderVoiceMessage } from '../../src/messages/voicemsg.ts'
import { fc } from '../rigs/properties.ts'

const facts = {
  fileId: '3052ab',
  aesKey: '687a636f627579667a756a7168717968',
  durationMs: 2429,
  length: 3990,
  md5: '0f36b1b0f1d1a1e1c1b1a19181716151',
  fromWxid: 'wxid_a',
  clientMsgId: '41e9a1',
}
const hex = fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Buffer.from(bytes).toString('hex'))

describe('renderVoiceMessage', () => {
  it('writes every attribute of a received voice in its order', () => {
    expect(renderVoiceMessage(facts)).toBe(
      '<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" voicelength="2429"' +
        ' length="3990" bufid="0" aeskey="687a636f627579667a756a7168717968" voiceurl="3052ab"' +
        ' voicemd5="0f36b1b0f1d1a1e1c1b1a19181716151" clientmsgid="41e9a1" fromusername="wxid_a" /></msg>',
    )
  })

  it('is read back whatever the sender and its message are called', () => {
    const name = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(hex, hex, name, name, (fileId, aesKey, fromWxid, clientMsgId) => {
        const xml = renderVoiceMessage({ ...facts, fileId, aesKey, fromWxid, clientMsgId })
        expect(readReference(xml)).toEqual({ kind: 'voice', fileId, aesKey })
      }),
    )
  })

  it('lets no name out of its attribute', () => {
    const name = fc.string({
      unit: fc.constantFrom('"', "'", '<', '>', '&', ';', '\t', '\n', '/', '🐦', 'a'),
    })
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      htmlEntities: true,
      trimValues: false,
    })
    fc.assert(
      fc.property(name, name, (fromWxid, clientMsgId) => {
        const tree = parser.parse(renderVoiceMessage({ ...facts, fromWxid, clientMsgId }))
        expect(tree.msg.voicemsg).toMatchObject({ clientmsgid: clientMsgId, fromusername: fromWxid })
      }),
    )
  })
})
