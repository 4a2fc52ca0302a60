import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { renderFileMessage } from '../../src/messages/filemsg.ts'
import { renderImageMessage } from '../../src/messages/imagemsg.ts'
import { renderQuoteMessage } from '../../src/messages/quotemsg.ts'
import { readReference, readReferenceOf } from '../../src/messages/reference.ts'
import { renderVideoMessage } from '../../src/messages/videomsg.ts'
import { renderVoiceMessage } from '../../src/messages/voicemsg.ts'
import { fc } from '../rigs/properties.ts'

const reference = { fileId: '3052020100', aesKey: '687a636f627579667a756a7168717968' }
const { fileId, aesKey } = reference
const md5 = '0f36b1b0f1d1a1e1c1b1a19181716151'
const thumb = { thumbLength: 1, thumbWidth: 1, thumbHeight: 1 }
const messages = {
  video: renderVideoMessage({ ...reference, ...thumb, fromWxid: 'a', length: 1, playSeconds: 1, md5 }),
  image: renderImageMessage({ ...reference, ...thumb, length: 1, md5 }),
  voice: renderVoiceMessage({
    ...reference,
    durationMs: 1,
    length: 1,
    md5,
    fromWxid: 'a',
    clientMsgId: 'b',
  }),
  file: renderFileMessage({ ...reference, name: 'a.pdf', length: 1, md5, fromWxid: 'a' }),
}
const kinds = ['video', 'image', 'voice', 'file'] as const
const quote = renderQuoteMessage({
  text: '好',
  fromWxid: 'a',
  quoted: {
    msgType: 49,
    newMsgId: 1,
    fromWxid: 'b',
    chatWxid: 'b',
    displayName: '乙',
    content: messages.file,
    sentAt: 1,
  },
})
const file = (attach: string, type = '<type>6</type>') =>
  `<msg><appmsg>${type}<appattach>${attach}</appattach></appmsg></msg>`
const attached = `<cdnattachurl>${fileId}</cdnattachurl><aeskey>${aesKey}</aeskey>`
const attachId = `<attachid>@cdn_${fileId}_${aesKey}_1</attachid>`

/** The reason of the refusal; anything but a GatewayError `xml_invalid` goes through. */
function refusal(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'xml_invalid') return error.reason
    throw error
  }
}

describe('readReference finds', () => {
  it.each(kinds)('a %s as it came, and as a chatroom brought it', (kind) => {
    expect(readReference(messages[kind])).toEqual({ kind, ...reference })
    expect(readReference(`wxid_abc:\n${messages[kind]}`)).toEqual({ kind, ...reference })
  })

  it.each([
    ['the normal picture before the large one', 'cdnthumburl="t" cdnbigimgurl="b" cdnmidimgurl="3052020100"'],
    ['the large picture where no normal one is', 'cdnthumburl="t" cdnbigimgurl="3052020100" cdnmidimgurl=""'],
    ['the thumbnail where it is all there is', 'cdnthumburl="3052020100"'],
  ])('%s', (_, attributes) => {
    const xml = `<msg><img ${attributes} aeskey="${aesKey}"/></msg>`
    expect(readReference(xml)).toEqual({ kind: 'image', ...reference })
  })

  it('the key of a thumbnail where a picture has no other', () => {
    const xml = `<img cdnthumbaeskey="${aesKey}" cdnmidimgurl="${fileId}"/>`
    expect(readReference(xml)).toEqual({ kind: 'image', ...reference })
  })

  it.each([
    ['by its elements', file(attached)],
    ['by its attachid', file(attachId)],
    ['by its elements before its attachid', file(`<attachid>@cdn_x_y_1</attachid>${attached}`)],
    ['by its attachid where the elements are empty', file(`<cdnattachurl/><aeskey></aeskey>${attachId}`)],
    ['by its attachid where an element is repeated', file(`<aeskey>x</aeskey>${attached}${attachId}`)],
    ['with values in CDATA', file(attached.replace(fileId, `<![CDATA[ ${fileId} ]]>`))],
    ['with its type in CDATA', file(attached, '<type><![CDATA[6]]></type>')],
    ['with white space around the values', file(attached.replaceAll('>', '>\n').replaceAll('<', ' <'))],
    ['with attributes on its elements', file(attached.replace('<aeskey', '<aeskey aeskey="x"'))],
    ['without a type', file(attached, '')],
    ['as the root', file(attached).replaceAll(/<\/?msg>/g, '')],
  ])('a file %s', (_, xml) => {
    expect(readReference(xml)).toEqual({ kind: 'file', ...reference })
  })
})

describe('readReference refuses', () => {
  it.each([
    ['a link', 'https://cdn.example.com/a.png?sign=<secret>', /不是链接$/],
    ['text', '早上好', /消息的 xml，请从/],
    ['more than 64 KiB', messages.image.padEnd(65537), /64 KiB/],
    ['a DTD', `<!DOCTYPE msg>${messages.image}`, /DTD/],
    ['201 elements', `<msg>${'<a/>'.repeat(200)}</msg>`, /200/],
    ['another message', '<msg><emoji md5="a" aeskey="b" cdnurl="c"/></msg>', /没有 videomsg、img/],
    ['a node elsewhere', `<msg><a><img aeskey="a" cdnmidimgurl="b"/></a></msg>`, /没有 videomsg、img/],
    ['a picture and a voice', '<msg><img/><voicemsg/></msg>', /同时有 img 和 voicemsg/],
    ['two pictures', '<msg><img/><img/></msg>', /多个 img 节点，一次只能传一张图片/],
    ['two files', '<msg><appmsg/><appmsg/></msg>', /多个 appmsg 节点，一次只能传一个文件/],
    ['a picture without a file', '<msg><img aeskey="a"/></msg>', /缺少 cdnmidimgurl.*postImage.*fileId/],
    ['a picture without a key', '<msg><img cdnmidimgurl="a"/></msg>', /缺少 aeskey.*postImage.*aesKey/],
    ['a voice without a file', '<msg><voicemsg aeskey="a"/></msg>', /缺少 voiceurl.*收到的语音消息/],
    ['a voice without a key', '<msg><voicemsg voiceurl="a"/></msg>', /缺少 aeskey.*收到的语音消息/],
    ['an empty appmsg', '<msg><appmsg/></msg>', /appattach 缺少 cdnattachurl.*收到的文件消息/],
    ['an appattach with text alone', file('x'), /appattach 缺少 cdnattachurl/],
    ['a file without a key', file('<cdnattachurl>a</cdnattachurl>'), /appattach 缺少 aeskey/],
    ['a file with its values as attributes', '<appmsg cdnattachurl="a" aeskey="b"/>', /缺少 cdnattachurl/],
    ['an attachid of another shape', file('<attachid>@cdn_a_b_c_1</attachid>'), /缺少 cdnattachurl/],
    ['a file with two keys', file(`<aeskey>x</aeskey>${attached}`), /缺少 aeskey/],
    ['a link message', file(attached, '<type>5</type>'), /type 不是 6/],
    ['a repeated type', file(attached, '<type>6</type><type>57</type>'), /type 不是 6/],
    ['a quote', quote, /type 不是 6/],
    ['a file that is only announced', file(attached, '<type>74</type>'), /还没有传完/],
  ])('%s', (_, xml, reason) => {
    expect(refusal(() => readReference(xml))).toMatch(reason)
  })

  it.each(kinds)('every cut of a %s', (kind) => {
    const xml = messages[kind]
    for (let length = 0; length <= xml.lastIndexOf('>'); length += 1) {
      expect(refusal(() => readReference(xml.slice(0, length)))).toBeDefined()
    }
  })

  it.each([['<attachid>'], ['@cdn_'], ['_'], ['<![CDATA[@cdn_a_]]>'], ['<!---->'], ['&#64;']])(
    'an attachid of %s over and over, up to the largest size',
    (piece) => {
      const xml = file(`<attachid>@cdn_${piece.repeat(65000 / piece.length)}</attachid>`)
      expect(refusal(() => readReference(xml))).toBeDefined()
    },
  )
})

describe('readReferenceOf', () => {
  it.each(kinds)('reads a %s', (kind) => {
    expect(readReferenceOf(kind, messages[kind])).toEqual(reference)
  })

  it('reads the kind that was asked for where a message has others too', () => {
    const xml = `<msg><img aeskey="a" cdnmidimgurl="b"/><voicemsg aeskey="${aesKey}" voiceurl="${fileId}"/></msg>`
    expect(readReferenceOf('voice', xml)).toEqual(reference)
  })

  it.each([
    ['image', '这是图片消息的 xml，请调用 downloadImage'],
    ['voice', '这是语音消息的 xml，请调用 downloadVoice'],
    ['file', '这是文件消息的 xml，请调用 downloadFile'],
  ] as const)('tells whoever asks for a video and passes a %s which route takes it', (kind, words) => {
    expect(refusal(() => readReferenceOf('video', messages[kind]))).toContain(words)
  })

  it.each([
    ['video', '这是视频消息的 xml，请调用 forwardVideo'],
    ['voice', '这是语音消息的 xml，语音消息不能转发'],
    ['file', '这是文件消息的 xml，请调用 forwardFile'],
  ] as const)('tells whoever forwards a picture and passes a %s what to do', (kind, words) => {
    expect(refusal(() => readReferenceOf('image', messages[kind], 'forward'))).toContain(words)
  })

  it.each([
    ['video', 'videomsg', '视频'],
    ['image', 'img', '图片'],
    ['voice', 'voicemsg', '语音'],
  ] as const)('takes a quote for no file when a %s was asked for', (kind, node, noun) => {
    expect(refusal(() => readReferenceOf(kind, quote))).toBe(
      `xml 中没有 ${node} 节点，请传入${noun}消息的 xml`,
    )
  })

  it.each([
    ['video', 'postVideo 并填写 videoUrl'],
    ['image', 'postImage 并填写 imgUrl'],
    ['voice', 'postVoice 并填写 voiceUrl'],
    ['file', 'postFile 并填写 fileUrl'],
  ] as const)('names the route that takes the link of a %s', (kind, words) => {
    const reason = refusal(() => readReferenceOf(kind, 'https://cdn.example.com/a?sign=secret'))
    expect(reason).toContain(words)
    expect(reason).not.toContain('secret')
  })

  it('says of which message the XML should have been', () => {
    expect(refusal(() => readReferenceOf('file', messages.file.padEnd(65537)))).toContain(
      '请只传文件消息的 xml',
    )
    expect(refusal(() => readReferenceOf('image', `<msg>${'<a/>'.repeat(200)}</msg>`))).toContain(
      '请只传图片消息的 xml',
    )
    expect(refusal(() => readReferenceOf('voice', '<?xml version="1.0"?>'))).toContain(
      '请原样传入语音消息的 xml',
    )
    expect(refusal(() => readReferenceOf('voice', '<msg><__proto__/></msg>'))).toContain(
      '请原样传入语音消息的 xml',
    )
  })

  it('says what was wanted with the one of two', () => {
    const xml = '<msg><img/><img/></msg>'
    expect(refusal(() => readReferenceOf('image', xml))).toContain('一次只能下载一张图片')
    expect(refusal(() => readReferenceOf('image', xml, 'forward'))).toContain('一次只能转发一张图片')
  })
})

describe('readReference answers any text with a reference or a refusal', () => {
  it('made of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(refusal(() => readReference(text))).toBeDefined()
      }),
    )
  })

  it('made of pieces of messages', () => {
    const pieces = [
      ...['<', '>', '/', '=', '"', '&', ';', ' ', '<![CDATA[', ']]>', '<!--', '-->', '@cdn_', '_1', '6'],
      ...[
        '<msg>',
        '</msg>',
        '<img ',
        '<voicemsg ',
        '/>',
        'aeskey="a" ',
        'cdnmidimgurl="b" ',
        'voiceurl="c" ',
      ],
      ...[
        '<appmsg>',
        '</appmsg>',
        '<type>',
        '</type>',
        '<appattach>',
        '</appattach>',
        '<aeskey>',
        '</aeskey>',
      ],
      ...['<cdnattachurl>', '</cdnattachurl>', '<attachid>', '</attachid>', attached, attachId, 'toString'],
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        if (refusal(() => readReference(text)) === undefined) {
          expect(readReference(text).fileId).not.toBe('')
          expect(readReference(text).aesKey).not.toBe('')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('made from a message by damage, and never shows its key', () => {
    const put = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('<', '>', '"', '&', '/>', '<a>', '<type>5</type>', ']]>'),
    )
    const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(8), put)
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        (kind, damages) => {
          const text = damages.reduce((xml, [where, cut, insert]) => {
            const from = Math.floor(where * xml.length)
            return xml.slice(0, from) + insert + xml.slice(from + cut)
          }, messages[kind])
          const reason = refusal(() => readReference(text))
          if (reason === undefined) expect(readReference(text).aesKey).not.toBe('')
          else expect(reason).not.toContain(aesKey)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
