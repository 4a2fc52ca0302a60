import { GatewayError } from '../errors.ts'
import { hasIllegalCharacter } from './xml-text.ts'

/** Far above any real message (a callback's XML has under 40 elements, 6 deep), far below what hurts. */
const maxElements = 200
const maxDepth = 20

const name = '[A-Za-z_:\\u00c0-\\uffff][-.\\w:\\u00b7\\u00c0-\\uffff]*'
const reference = '&(?:amp|lt|gt|quot|apos|#\\d{1,10}|#x[\\da-fA-F]{1,8});'
const quoted = (quote: string) => `${quote}[^<&${quote}]*(?:${reference}[^<&${quote}]*)*${quote}`

// Sticky and without an ambiguous repeat: each either advances past what it matched or fails in one pass.
const nameAt = new RegExp(name, 'y')
const valueAt = new RegExp(`\\s*=\\s*(?:${quoted('"')}|${quoted("'")})`, 'y')
const textAt = new RegExp(`[^<&]*(?:${reference}[^<&]*)*`, 'y')
const spaceAt = /\s*/y

/**
 * Refuses what is not one well-formed element tree with an optional XML declaration, comments and CDATA:
 * fast-xml-parser by itself takes unclosed, crossed and repeated things, and its own validator is deprecated.
 * One pass, linear in the length. Beyond XML's own rules it refuses a DTD, other processing instructions,
 * more than 200 elements and a depth over 20; namespaces, `--` in a comment and `]]>` in text are not looked at.
 *
 * @param xml the text as the caller gave it, so that positions in the reason are the caller's
 * @param start where the document begins in it
 * @param what the message that should have been passed, for the reason
 * @throws GatewayError `xml_invalid`, naming the place
 */
export function checkWellFormed(xml: string, start: number, what: string): void {
  if (hasIllegalCharacter(xml)) throw invalid('xml 含有 XML 不允许的控制字符或不完整的字符，请删除')
  const open: string[] = []
  let elements = 0
  let at = start
  if (/^<\?xml\s/.test(xml.slice(at, at + 6))) at = past(xml, '?>', attributesEnd(xml, at + 5))

  for (;;) {
    at = skip(open.length > 0 ? textAt : spaceAt, xml, at)
    if (at === xml.length) break
    if (xml[at] === '&') throw misplaced(xml, at, '的 & 不是可用的字符引用，请写成 &amp;')
    if (xml[at] !== '<') throw misplaced(xml, at, '的文字在根节点之外，请删除')

    if (xml.startsWith('</', at)) {
      const closing = open.pop()
      if (closing === undefined || !xml.startsWith(closing, at + 2)) {
        throw misplaced(xml, at, `的结束标签与开始标签${closing === undefined ? '' : ` <${closing}>`} 不配对`)
      }
      at = past(xml, '>', skip(spaceAt, xml, at + 2 + closing.length))
    } else if (xml.startsWith('<!--', at)) {
      at = pastNext(xml, '-->', at + 4)
    } else if (xml.startsWith('<![CDATA[', at) && open.length > 0) {
      at = pastNext(xml, ']]>', at + 9)
    } else if (xml[at + 1] === '!') {
      throw misplaced(xml, at, '是 DTD 或无法识别的声明，网关不接受，请删除')
    } else if (xml[at + 1] === '?') {
      throw misplaced(xml, at, '是处理指令，只允许开头的 <?xml ?>，请删除')
    } else {
      if (open.length === 0 && elements > 0) throw misplaced(xml, at, '出现第二个根节点，一次只能传一条消息')
      elements += 1
      if (elements > maxElements) throw invalid(`xml 的节点超过 ${maxElements} 个，请只传${what}的 xml`)
      const nameEnd = skip(nameAt, xml, at + 1)
      if (nameEnd === at + 1) throw misplaced(xml, at, '的 < 之后不是标签名，文字中的 < 请写成 &lt;')
      const tag = xml.slice(at + 1, nameEnd)
      at = attributesEnd(xml, nameEnd)
      if (xml[at] === '/') {
        at = past(xml, '/>', at)
      } else {
        at = past(xml, '>', at)
        if (open.push(tag) > maxDepth) throw invalid(`xml 的层级超过 ${maxDepth} 层，请只传${what}的 xml`)
      }
    }
  }
  if (elements === 0) throw invalid(`xml 中没有任何节点，请原样传入${what}的 xml`)
  const unclosed = open.pop()
  if (unclosed !== undefined) throw invalid(`xml 不完整：<${unclosed.slice(0, 32)}> 没有结束标签`)
}

/** The end of a tag's attributes and the white space behind them. */
function attributesEnd(xml: string, start: number): number {
  const seen = new Set<string>()
  let end = start
  for (;;) {
    const at = skip(spaceAt, xml, end)
    const nameEnd = skip(nameAt, xml, at)
    if (nameEnd === at) return at
    if (at === end) throw misplaced(xml, at, '缺少空格，属性之间要用空格隔开')
    end = skip(valueAt, xml, nameEnd)
    if (end === nameEnd)
      throw misplaced(xml, at, '的属性没有写成 名称="值" 的形式，或值中有未转义的 < 或 &，请改正')
    const attribute = xml.slice(at, nameEnd)
    if (seen.has(attribute)) throw misplaced(xml, at, '的属性重复出现，请只保留一个')
    seen.add(attribute)
  }
}

/** Where a sticky pattern stops when it starts at `at`; `at` itself when it does not match. */
function skip(pattern: RegExp, xml: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(xml) ? pattern.lastIndex : at
}

function past(xml: string, token: string, at: number): number {
  if (!xml.startsWith(token, at)) throw misplaced(xml, at, `应为 ${token}`)
  return at + token.length
}

function pastNext(xml: string, token: string, at: number): number {
  const found = xml.indexOf(token, at)
  if (found < 0) throw misplaced(xml, at, `之后缺少 ${token}`)
  return found + token.length
}

function misplaced(xml: string, at: number, what: string): GatewayError {
  return at >= xml.length
    ? invalid('xml 不完整：标签还没有结束，请原样传入完整的 xml')
    : invalid(`xml 第 ${at + 1} 个字符处${what}`)
}

function invalid(reason: string): GatewayError {
  return new GatewayError('xml_invalid', { reason })
}
