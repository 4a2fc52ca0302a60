// @ts-check
import { renderFileMessage } from '../../../../dist/messages/filemsg.js'
import { renderImageMessage } from '../../../../dist/messages/imagemsg.js'
import { renderQuoteMessage } from '../../../../dist/messages/quotemsg.js'
import { readReferenceOf } from '../../../../dist/messages/reference.js'
import { renderRevokeMessage } from '../../../../dist/messages/revokemsg.js'
import { renderVideoMessage } from '../../../../dist/messages/videomsg.js'
import { renderVoiceMessage } from '../../../../dist/messages/voicemsg.js'
import { readTree } from '../../../../dist/messages/xml-tree.js'
import { must } from '../expect.js'

const thumb = { thumbLength: 1, thumbWidth: 1, thumbHeight: 1 }

export const corpus = ['wxid_a', '报告.pdf', ']]>', '<a/>', '"/>', '&amp;&#0;'].map((text) =>
  Buffer.from(text),
)
export const words = [
  '</',
  '/>',
  ']]>',
  '<![CDATA[',
  '"',
  "'",
  '&',
  '<',
  '>',
  '\0',
  '\n',
  '\xed\xa0\x80',
  '\xef\xbf\xbe',
]
export const maxLength = 800

/** A text of a stranger stays in its place: what we write is well-formed and says the same media. @param {Buffer} input */
export function fuzz(input) {
  // Halves of characters too, which no UTF-8 decoder lets through.
  const text = input.toString() + String.fromCharCode(...input.subarray(0, 8))
  const media = { fileId: 'f', aesKey: 'k', length: 1, md5: text, fromWxid: text }
  const messages = /** @type {const} */ ([
    ['video', renderVideoMessage({ ...media, ...thumb, playSeconds: 1 })],
    ['image', renderImageMessage({ ...media, ...thumb })],
    ['voice', renderVoiceMessage({ ...media, durationMs: 1, clientMsgId: text })],
    ['file', renderFileMessage({ ...media, name: text })],
  ])
  for (const [kind, xml] of messages) {
    const { fileId, aesKey } = readReferenceOf(kind, xml)
    must(fileId === 'f' && aesKey === 'k', `a ${kind} names its media`)
  }
  const quoted = {
    msgType: 1,
    newMsgId: 1,
    fromWxid: text,
    chatWxid: text,
    displayName: text,
    content: text,
    sentAt: 1,
  }
  const quote = JSON.stringify(readTree(renderQuoteMessage({ text, fromWxid: text, quoted }), undefined))
  must(quote.includes('"type":"57"'), 'a quote is a quote')
  const notice = JSON.stringify(
    readTree(renderRevokeMessage({ session: text, msgId: 1, newMsgId: 2, replaceText: text }), undefined),
  )
  must(notice.includes('"newmsgid":"2"'), 'a notice names its message')
}
