// @ts-check
import { renderFileMessage } from '../../../../dist/messages/filemsg.js'
import { renderImageMessage } from '../../../../dist/messages/imagemsg.js'
import { renderQuoteMessage } from '../../../../dist/messages/quotemsg.js'
import { readReference, readReferenceOf } from '../../../../dist/messages/reference.js'
import { renderRevokeMessage } from '../../../../dist/messages/revokemsg.js'
import { renderVideoMessage } from '../../../../dist/messages/videomsg.js'
import { renderVoiceMessage } from '../../../../dist/messages/voicemsg.js'
import { readTree } from '../../../../dist/messages/xml-tree.js'
import { must, refusing } from '../expect.js'

const media = { fileId: '3052', aesKey: 'ab'.repeat(16), length: 1, md5: 'cd'.repeat(16), fromWxid: 'wxid_a' }
const thumb = { thumbLength: 1, thumbWidth: 1, thumbHeight: 1 }
const quoted = {
  msgType: 1,
  newMsgId: 1,
  fromWxid: 'a',
  chatWxid: 'a',
  displayName: 'b',
  content: 'c',
  sentAt: 1,
}

export const corpus = [
  renderVideoMessage({ ...media, ...thumb, playSeconds: 1 }),
  renderImageMessage({ ...media, ...thumb }),
  renderVoiceMessage({ ...media, durationMs: 1, clientMsgId: 'c' }),
  renderFileMessage({ ...media, name: 'a.pdf' }),
  renderQuoteMessage({ text: '好', fromWxid: 'a', quoted }),
  `wxid_a:\n${renderRevokeMessage({ session: 'a', msgId: 1, newMsgId: 2, replaceText: ']]>' })}`,
  '<msg><appmsg><type>6</type><appattach><attachid>@cdn_a_b_1</attachid></appattach></appmsg></msg>',
].map((text) => Buffer.from(text))
export const words = [
  ...['<', '>', '/>', '</', '="', "='", '"', '&', '&amp;', '&#x41;', '&#0;', '&#xd800;', '<![CDATA[', ']]>'],
  ...['<!--', '-->', '<?xml version="1.0"?>', '<?', '?>', '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '\ufeff'],
  ...[
    '<msg>',
    '</msg>',
    '<videomsg ',
    '<img ',
    '<appmsg>',
    '<__proto__>',
    '<constructor>',
    '<hasOwnProperty>',
  ],
  ...[' aeskey="a"', ' cdnvideourl="b"', ' __proto__="x"', '<toString/>', '\0', '\xed\xa0\x80', 'wxid_a:\n'],
]
export const maxLength = 70_000

/** @param {Buffer} input */
export async function fuzz(input) {
  const text = input.toString()
  await refusing(['xml_invalid'], () => readTree(text, undefined))
  const found = await refusing(['xml_invalid'], () => readReference(text))
  must(!found || (found.fileId !== '' && found.aesKey !== ''), 'a reference is whole')
  for (const kind of /** @type {const} */ (['video', 'image', 'voice', 'file'])) {
    const same = await refusing(['xml_invalid'], () => readReferenceOf(kind, text))
    must(found?.kind !== kind || same?.fileId === found.fileId, 'both ways read the same')
  }
}
