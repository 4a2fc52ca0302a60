import { XMLParser } from 'fast-xml-parser'
import { GatewayError } from '../errors.ts'
import { checkWellFormed } from './xml-guard.ts'
import { decodeReferences, escapeXml } from './xml-text.ts'

/** What a video message says of its video. */
export interface VideoMessageFacts {
  readonly fileId: string
  /** 32 hex digits; one key opens the video and its thumbnail. */
  readonly aesKey: string
  readonly fromWxid: string
  /** Plain bytes of the video. */
  readonly length: number
  /** Whole seconds. */
  readonly playSeconds: number
  /** md5 of the plain video, hex. */
  readonly md5: string
  /** Plain bytes and pixels of the thumbnail. */
  readonly thumbLength: number
  readonly thumbWidth: number
  readonly thumbHeight: number
}

/** What a caller's XML can name: the media itself is looked up, its other attributes do not count. */
export interface VideoReference {
  readonly fileId: string
  readonly aesKey: string
}

const maxBytes = 64 * 1024
const referenceAttributes = new Set(['aeskey', 'cdnthumbaeskey', 'cdnvideourl', 'cdnthumburl'])

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
 * The `Content` of a MsgType 43 message, attribute for attribute as GeWe's callbacks show it. The video and its
 * thumbnail carry the same file id and key.
 */
export function renderVideoMessage(facts: VideoMessageFacts): string {
  const fileId = escapeXml(facts.fileId)
  const aesKey = escapeXml(facts.aesKey)
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}"` +
    ` cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${facts.length}"` +
    ` playlength="${facts.playSeconds}" cdnthumblength="${facts.thumbLength}"` +
    ` cdnthumbwidth="${facts.thumbWidth}" cdnthumbheight="${facts.thumbHeight}"` +
    ` fromusername="${escapeXml(facts.fromWxid)}" md5="${escapeXml(facts.md5)}" newmd5="" isplaceholder="0"` +
    ` rawmd5="" rawlength="0" cdnrawvideourl="" cdnrawvideoaeskey="" overwritenewmsgid="0"` +
    ` originsourcemd5="" isad="0" />\n</msg>\n`
  )
}

/**
 * Finds the media that a caller's `xml` names: assembled from a send's reply, or taken from a callback, with or
 * without the `wxid:\n` that callbacks of a chatroom put in front. `videomsg` is the root or a child of a root
 * `msg`. File id and key are not empty and otherwise unchecked (real ones come in several lengths).
 *
 * At most 64 KiB of UTF-8; linear in the length.
 * @throws GatewayError `xml_invalid`, and nothing else
 */
export function readVideoReference(xml: string): VideoReference {
  if (xml.length > maxBytes || Buffer.byteLength(xml) > maxBytes) {
    throw invalid('xml 超过 64 KiB，请只传视频消息的 xml')
  }
  const start = documentStart(xml)
  checkWellFormed(xml, start)
  const video = findVideo(parse(xml.slice(start)))
  const attributes = isRecord(video) ? video['@'] : undefined
  return {
    fileId: attribute(attributes, 'cdnvideourl', 'cdnthumburl', 'fileId'),
    aesKey: attribute(attributes, 'aeskey', 'cdnthumbaeskey', 'aesKey'),
  }
}

function documentStart(xml: string): number {
  if (/^\s*[a-z][a-z\d+.-]*:\/\//i.test(xml)) {
    throw invalid(
      'xml 参数要的是视频消息的 xml，不是链接；要发送链接里的视频，请调用 postVideo 并填写 videoUrl',
    )
  }
  const start = xml.indexOf('<')
  // trim() takes a byte order mark as well.
  const head = xml.slice(0, Math.max(start, 0)).trim()
  if (start >= 0 && (head === '' || /^[^\s:&>]{1,128}:$/.test(head))) return start
  if (xml.includes('&lt;')) throw invalid('xml 被转义过（&lt;），请还原成 < 之后再传')
  throw invalid('xml 参数要的是视频消息的 xml，请从 <?xml 或 <msg> 开始原样传入')
}

function parse(xml: string): unknown {
  try {
    return parser.parse(xml)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('xml_invalid', {
      reason: 'xml 无法解析，请原样传入视频消息的 xml',
      cause: error,
    })
  }
}

function findVideo(tree: unknown): unknown {
  const root = isRecord(tree) ? tree : {}
  const video = root.videomsg ?? (isRecord(root.msg) ? root.msg.videomsg : undefined)
  if (video === undefined) throw invalid('xml 中没有 videomsg 节点，请传入视频消息的 xml')
  if (Array.isArray(video)) throw invalid('xml 中有多个 videomsg 节点，一次只能转发一个视频')
  return video
}

function attribute(attributes: unknown, name: string, fallback: string, replyField: string): string {
  const value = isRecord(attributes) ? attributes[name] || attributes[fallback] : undefined
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`xml 的 videomsg 缺少 ${name}，请填写 postVideo 返回的 ${replyField}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function invalid(reason: string): GatewayError {
  return new GatewayError('xml_invalid', { reason })
}
