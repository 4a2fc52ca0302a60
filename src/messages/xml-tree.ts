import { XMLParser } from 'fast-xml-parser'
import { GatewayError } from '../errors.ts'
import { type MediaNode, mediaNodes } from './media-nodes.ts'
import { checkWellFormed } from './xml-guard.ts'
import { decodeReferences } from './xml-text.ts'

const maxBytes = 64 * 1024
const { video, image, voice } = mediaNodes
const referenceAttributes = new Set(
  [video, image, voice].flatMap(({ fileId, aesKey }) => [...fileId, ...aesKey]),
)

const parser = new XMLParser({
  attributesGroupName: '@',
  attributeNamePrefix: '',
  // A real message has twenty attributes; building only ours halves the time.
  ignoreAttributes: (attribute) => !referenceAttributes.has(attribute),
  ignoreDeclaration: true,
  jPath: false,
  parseTagValue: false,
  // Given a decoder, the library builds no entity tables per document and cannot expand anything but ours.
  entityDecoder: {
    decode: decodeReferences,
    setExternalEntities() {},
    addInputEntities() {},
    reset() {},
    setXmlVersion() {},
  },
})

/**
 * The elements of a caller's `xml`, by name; of their attributes only those that name media, under `@`. The
 * `wxid:\n` that callbacks of a chatroom put in front is skipped. At most 64 KiB of UTF-8; linear in the length.
 *
 * @param wanted whose message should have been passed, for the reason; any when left out
 * @throws GatewayError `xml_invalid`, and nothing else
 */
export function readTree(xml: string, wanted?: MediaNode): unknown {
  const what = wanted?.message ?? '消息'
  if (xml.length > maxBytes || Buffer.byteLength(xml) > maxBytes) {
    throw invalid(`xml 超过 64 KiB，请只传${what}的 xml`)
  }
  const start = documentStart(xml, what, wanted)
  checkWellFormed(xml, start, what)
  try {
    return parser.parse(xml.slice(start))
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('xml_invalid', {
      reason: `xml 无法解析，请原样传入${what}的 xml`,
      cause: error,
    })
  }
}

function documentStart(xml: string, what: string, wanted: MediaNode | undefined): number {
  if (/^\s*[a-z][a-z\d+.-]*:\/\//i.test(xml)) {
    const advice = wanted
      ? `；要发送链接里的${wanted.noun}，请调用 post${wanted.route} 并填写 ${wanted.urlField}`
      : ''
    throw invalid(`xml 参数要的是${what}的 xml，不是链接${advice}`)
  }
  const start = xml.indexOf('<')
  // trim() takes a byte order mark as well.
  const head = xml.slice(0, Math.max(start, 0)).trim()
  if (start >= 0 && (head === '' || /^[^\s:&>]{1,128}:$/.test(head))) return start
  if (xml.includes('&lt;')) throw invalid('xml 被转义过（&lt;），请还原成 < 之后再传')
  throw invalid(`xml 参数要的是${what}的 xml，请从 <?xml 或 <msg> 开始原样传入`)
}

/** The trimmed text of an element; nothing for one that is repeated or has no text. */
export function textOf(element: unknown): string {
  const text = isRecord(element) ? element['#text'] : element
  return typeof text === 'string' ? text.trim() : ''
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function invalid(reason: string): GatewayError {
  return new GatewayError('xml_invalid', { reason })
}
