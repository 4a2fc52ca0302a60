import { GatewayError } from '../errors.ts'

/** What XML 1.0 cannot hold in any spelling, lone surrogates included. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const allIllegal = new RegExp(illegal, 'gu')

/** Tab and line breaks too: unescaped in an attribute, a reader turns them into spaces. */
const special = /[&<>"]|[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const allSpecial = new RegExp(special, 'gu')

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Whether the text holds a character that no XML 1.0 document may hold. */
export function hasIllegalCharacter(text: string): boolean {
  return illegal.test(text)
}

/**
 * Text for an element or a double-quoted attribute. What XML cannot hold becomes U+FFFD, so that one hostile
 * wxid never makes a message that nobody can read.
 */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(allSpecial, (character) => escapes[character] ?? '\ufffd') : text
}

/** A CDATA section; a `]]>` inside is split over two sections, illegal characters become U+FFFD. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replace(allIllegal, '\ufffd').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

/**
 * Resolves numeric references and the five predefined entities.
 * @throws GatewayError `xml_invalid` for any other entity or a code point that XML does not allow
 */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;]*);/g, (reference: string, name: string) => {
    const character = name.startsWith('#') ? fromCodePoint(name.slice(1)) : entities.get(name)
    if (character !== undefined) return character
    throw new GatewayError('xml_invalid', {
      reason: `xml 中的 ${reference.slice(0, 16)} 不是可用的字符引用，请改为字符本身`,
    })
  })
}

/** The character of `38` or `x26`, or undefined for one that XML cannot hold. */
function fromCodePoint(digits: string): string | undefined {
  const point = digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10)
  if (!(point <= 0x10ffff)) return undefined
  const character = String.fromCodePoint(point)
  return illegal.test(character) ? undefined : character
}
