import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { readReferenceOf } from '../../src/messages/reference.ts'
import { renderVideoMessage } from '../../src/messages/videomsg.ts'
import { fc } from '../rigs/properties.ts'

const readVideoReference = (xml: string) => readReferenceOf('video', xml, 'forward')

const reference = { fileId: '3052020100', aesKey: '687a636f627579667a756a7168717968' }
const tag = `<videomsg aeskey="${reference.aesKey}" cdnvideourl="${reference.fileId}"/>`
const received = renderVideoMessage({
  ...reference,
  fromWxid: 'wxid_a',
  length: 1315979,
  playSeconds: 10,
  md5: '0f36b1b0f1d1a1e1c1b1a19181716151',
  thumbLength: 8123,
  thumbWidth: 135,
  thumbHeight: 240,
})

/** The reason of the refusal; anything but a GatewayError `xml_invalid` goes through. */
function refusal(xml: string): string | undefined {
  try {
    readVideoReference(xml)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'xml_invalid') return error.reason
    throw error
  }
}

describe('readVideoReference accepts', () => {
  it.each([
    ['a callback as it came', received],
    ['a callback of a chatroom with its sender', `wxid_abc:\n${received}`],
    ['a chatroom id in front', `12345@chatroom:\r\n${received}`],
    ['white space between sender and document', `wxid_abc: \n\n ${received}`],
    ['a sender without a line break', `wxid_abc:${received}`],
    ['a byte order mark', `\ufeff${received}`],
    ['a byte order mark and white space', ` \ufeff\r\n ${received}`],
    ['CRLF throughout', received.replaceAll('\n', '\r\n')],
    ['no declaration', `<msg>${tag}</msg>`],
    ['a declaration with an encoding', `<?xml version='1.0' encoding="utf-8" ?><msg>${tag}</msg>`],
    ['videomsg as the root', tag],
    ['videomsg with a closing tag', `<msg>${tag.replace('/>', '></videomsg >')}</msg>`],
    ['videomsg with children', `<msg>${tag.replace('/>', '><a><b/></a>文字</videomsg>')}</msg>`],
    ['single quotes', tag.replaceAll('"', "'")],
    ['space around =', tag.replaceAll('=', ' =\n\t')],
    ['attributes on lines of their own', tag.replaceAll(' ', '\n\t')],
    ['attributes of any other name', tag.replace('/>', ' x:y="1" _z-9=\'"\' 名="值" toString="" />')],
    ['siblings and CDATA', `<msg><a><![CDATA[<videomsg/> & <?x?> <!DOCTYPE>]]></a>${tag}<b>1</b></msg>`],
    ['comments anywhere', `<!-- < & --><msg><!----> ${tag}</msg><!-- x -->\n`],
    ['predefined and numeric references', `<msg>&lt;&gt;&amp;&quot;&apos;&#9;&#x1F426;${tag}</msg>`],
    ['references in the values', tag.replace('aeskey="6', 'aeskey="&#54;').replace('="3', '="&#x33;')],
    ['a > in a value', tag.replace('/>', ' x="/>" />')],
    ['white space around the values', tag.replaceAll('="', '=" ').replaceAll('" ', ' " ')],
    [
      'the thumbnail attributes alone',
      tag.replace('aeskey', 'cdnthumbaeskey').replace('cdnvideourl', 'cdnthumburl'),
    ],
    [
      'an empty first choice',
      tag.replace('/>', '').replace('cdnvideourl', 'cdnvideourl="" cdnthumburl').concat('/>'),
    ],
    ['twenty levels', `<msg>${'<a>'.repeat(19)}${'</a>'.repeat(19)}${tag}</msg>`],
    ['two hundred elements', `<msg>${'<a/>'.repeat(198)}${tag}</msg>`],
    ['64 KiB', `<msg>${tag}</msg>`.padEnd(65536)],
  ])('%s', (_, xml) => {
    expect(readVideoReference(xml)).toEqual(reference)
  })

  it('the video before its thumbnail where both are named', () => {
    const both = tag.replace('/>', ' cdnthumburl="t" cdnthumbaeskey="k"/>')
    expect(readVideoReference(both)).toEqual(reference)
  })
})

describe('readVideoReference refuses', () => {
  it.each([
    ['a link', 'https://cdn.example.com/v.mp4?sign=<secret>', /不是链接/],
    ['a file link', ' file:///tmp/v.mp4', /不是链接/],
    ['nothing', '', /原样传入/],
    ['text without a tag', 'wxid_abc:\n', /原样传入/],
    ['JSON', '{"xml":"<msg/>"}', /原样传入/],
    ['two words in front', `wxid abc:\n${received}`, /原样传入/],
    ['escaped XML', received.replaceAll('<', '&lt;'), /转义/],
    ['a declaration alone', '<?xml version="1.0"?>', /没有任何节点/],
    ['more than 64 KiB', `<msg>${tag}</msg>`.padEnd(65537), /64 KiB/],
    ['more than 64 KiB of UTF-8', `<msg>${tag}${'字'.repeat(22000)}</msg>`, /64 KiB/],
    ['a DTD', `<!DOCTYPE msg>${tag}`, /DTD/],
    ['a DTD with an entity', `<!DOCTYPE m [<!ENTITY a "b">]><msg>&a;${tag}</msg>`, /DTD/],
    ['a lower-case DTD', `<!doctype msg>${tag}`, /DTD/],
    ['an entity declaration inside', `<msg><!ENTITY a "b">${tag}</msg>`, /DTD/],
    ['another entity in text', `<msg>&nbsp;${tag}</msg>`, /&amp;/],
    ['another entity in a value', tag.replace('/>', ' x="&copy;"/>'), /未转义/],
    ['a bare &', `<msg>a & b${tag}</msg>`, /&amp;/],
    ['a reference to NUL', `<msg>&#0;${tag}</msg>`, /字符引用/],
    ['a reference to a surrogate', tag.replace('/>', ' x="&#xD800;"/>'), /字符引用/],
    ['a reference beyond Unicode', tag.replace('/>', ' x="&#x110000;"/>'), /字符引用/],
    ['a control character', `<msg>\u0007${tag}</msg>`, /控制字符/],
    ['half a character', `<msg>\ud83d${tag}</msg>`, /不完整的字符/],
    ['a processing instruction', `<?php x?>${tag}`, /处理指令/],
    ['a stylesheet instruction', `<?xml-stylesheet href="a"?>${tag}`, /处理指令/],
    ['a declaration inside', `<msg><?xml version="1.0"?>${tag}</msg>`, /处理指令/],
    ['a declaration with an open quote', `<?xml version="1.0?>${tag}`, /属性/],
    ['201 elements', `<msg>${'<a/>'.repeat(199)}${tag}</msg>`, /200/],
    ['21 levels', `<msg>${'<a>'.repeat(20)}${'</a>'.repeat(20)}${tag}</msg>`, /20 层/],
    ['an image message', '<msg><img aeskey="a" cdnmidimgurl="b"/></msg>', /没有 videomsg/],
    ['a videomsg elsewhere', `<msg><a>${tag}</a></msg>`, /没有 videomsg/],
    ['two videos', `<msg>${tag}${tag}</msg>`, /多个 videomsg/],
    ['two roots', `${tag}<msg/>`, /第二个根节点/],
    ['text behind the root', `${tag}x`, /根节点之外/],
    ['CDATA outside the root', `${tag}<![CDATA[]]>`, /无法识别/],
    ['no attributes', '<msg><videomsg/></msg>', /缺少 cdnvideourl.*fileId/],
    ['no file id', '<videomsg aeskey="a"/>', /缺少 cdnvideourl.*fileId/],
    ['no key', '<videomsg cdnvideourl="a"/>', /缺少 aeskey.*aesKey/],
    ['an empty key', '<videomsg cdnvideourl="a" aeskey="" cdnthumbaeskey=" "/>', /缺少 aeskey/],
    ['names in another case', tag.replace('aeskey', 'AesKey'), /缺少 aeskey/],
    ['the values as elements', '<videomsg><aeskey>a</aeskey><cdnvideourl>b</cdnvideourl></videomsg>', /缺少/],
    ['a repeated attribute', tag.replace('/>', ' aeskey="b"/>'), /重复/],
    ['no space between attributes', tag.replace('" c', '"c'), /空格/],
    ['an attribute without quotes', '<videomsg aeskey=a cdnvideourl=b />', /名称="值"/],
    ['an attribute without a value', tag.replace('/>', ' x/>'), /名称="值"/],
    ['a < in a value', tag.replace('/>', ' x="<"/>'), /未转义/],
    ['a < in text', `<msg>1 < 2${tag}</msg>`, /&lt;/],
    ['crossed tags', `<msg><a><b></a></b>${tag}</msg>`, /不配对/],
    ['a longer closing name', `<msg>${tag}</msgs>`, /应为 >/],
    ['a closing tag too many', `${tag}</msg>`, /不配对/],
    ['an unclosed element', `<msg>${tag}`, /没有结束标签/],
    ['an unclosed tag', '<msg><videomsg aeskey="a"', /不完整/],
    ['an unclosed comment', `<msg>${tag}<!-- </msg>`, /-->/],
    ['an unclosed CDATA', `<msg>${tag}<![CDATA[ </msg>`, /]]>/],
    ['a name that JavaScript keeps for itself', `<msg><__proto__/>${tag}</msg>`, /无法解析/],
  ])('%s', (_, xml, reason) => {
    expect(refusal(xml)).toMatch(reason)
  })

  it('tells the place in the text that the caller sent', () => {
    expect(refusal(`wxid_abc:\n<msg>&x;</msg>`)).toContain('第 16 个字符')
  })

  it('keeps the query of a link out of the reason', () => {
    expect(refusal('https://cdn.example.com/v.mp4?sign=secret')).not.toContain('secret')
  })

  it('every cut of a message', () => {
    for (let length = 0; length <= received.lastIndexOf('>'); length += 1) {
      expect(refusal(received.slice(0, length))).toBeDefined()
    }
  })

  it.each([
    ['<'],
    ['<a '],
    ['<a>'],
    ['</a>'],
    ['<a b="'],
    ['<!--'],
    ['<![CDATA['],
    ['<?xml '],
    ['<?xml version="1.0" '],
    ['<msg a=" \' '],
    ['<msg>&#1'],
    ['<msg> ='],
    ['a:'],
    ['\ufeff'],
  ])('%s over and over, up to the largest size', (piece) => {
    expect(refusal(piece.repeat(65536 / Buffer.byteLength(piece)))).toBeDefined()
    expect(refusal(`<msg>${piece.repeat(65000 / Buffer.byteLength(piece))}`)).toBeDefined()
  })
})

describe('readVideoReference answers any text with a reference or a refusal', () => {
  it('made of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(refusal(text)).toBeDefined()
      }),
    )
  })

  it('made of pieces of XML', () => {
    const pieces = [
      '<',
      '>',
      '/',
      '=',
      '"',
      "'",
      '&',
      ';',
      '#',
      'x',
      ' ',
      '!',
      '?',
      '--',
      '[CDATA[',
      ']]>',
      '\t',
    ]
    const words = [
      '<msg>',
      '</msg>',
      tag,
      '<videomsg ',
      '/>',
      'aeskey="a" ',
      'cdnvideourl="b" ',
      '&amp;',
      'toString',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 40 }), (parts) => {
        const text = parts.join('')
        if (refusal(text) === undefined) expect(readVideoReference(text).fileId).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })

  it('made from a message by damage, and never shows its key', () => {
    const at = fc.nat(received.length)
    const put = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('<', '>', '"', '&', '/>', '<a>'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat(8), put), { minLength: 1, maxLength: 3 }), (damages) => {
        const text = damages.reduce(
          (xml, [from, cut, insert]) => xml.slice(0, from) + insert + xml.slice(from + cut),
          received,
        )
        const reason = refusal(text)
        if (reason === undefined) expect(readVideoReference(text).aesKey).not.toBe('')
        else expect(reason).not.toContain(reference.aesKey)
      }),
      { numRuns: 2000 },
    )
  })
})
