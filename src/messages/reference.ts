import type { MediaKind } from '../database/tables-media.ts'
import { GatewayError } from '../errors.ts'
import { type MediaNode, mediaKinds, mediaNodes } from './media-nodes.ts'
import { isRecord, readTree, textOf } from './xml-tree.ts'

/** What a caller's XML can name: the media themselves are looked up, their other attributes do not count. */
export interface MediaReference {
  readonly fileId: string
  readonly aesKey: string
}

/** What the caller wants with the media, and the word for it. */
const verbs = { download: '下载', forward: '转发' } as const
type Verb = keyof typeof verbs

/**
 * Finds the media that a caller's `xml` names: assembled from a send's reply, or taken from a callback, with or
 * without the `wxid:\n` that callbacks of a chatroom put in front. Exactly one of `videomsg`, `img`, `voicemsg` and
 * a file's `appmsg` is the root or a child of a root `msg`. File id and key are not empty and otherwise unchecked
 * (real ones come in several lengths).
 *
 * At most 64 KiB of UTF-8; linear in the length.
 * @throws GatewayError `xml_invalid`, and nothing else
 */
export function readReference(xml: string): MediaReference & { readonly kind: MediaKind } {
  const tree = readTree(xml)
  const [kind, other] = mediaKinds.filter((candidate) => findNode(tree, candidate) !== undefined)
  if (kind === undefined) {
    throw invalid('xml 中没有 videomsg、img、voicemsg 或 appmsg 节点，请传入视频、图片、语音或文件消息的 xml')
  }
  if (other !== undefined) {
    const [one, two] = [mediaNodes[kind].node, mediaNodes[other].node]
    throw invalid(`xml 中同时有 ${one} 和 ${two} 节点，一次只能传一条消息`)
  }
  return { kind, ...referenceIn(findNode(tree, kind), kind, '传') }
}

/**
 * The same for media of a known kind, whatever else the message has. For another kind's message the reason names the
 * route that takes it.
 *
 * @param verb what the caller wants with the media, for the reason
 * @throws GatewayError `xml_invalid`, and nothing else
 */
export function readReferenceOf(kind: MediaKind, xml: string, verb: Verb = 'download'): MediaReference {
  const wanted = mediaNodes[kind]
  const tree = readTree(xml, wanted)
  const found = findNode(tree, kind)
  if (found !== undefined) return referenceIn(found, kind, verbs[verb])
  const other = mediaKinds.find((candidate) => isMessageOf(findNode(tree, candidate), candidate))
  const advice = other === undefined ? `请传入${wanted.message}的 xml` : elsewhere(other, verb)
  throw invalid(`xml 中没有 ${wanted.node} 节点，${advice}`)
}

function findNode(tree: unknown, kind: MediaKind): unknown {
  const { node } = mediaNodes[kind]
  const root = isRecord(tree) ? tree : {}
  return root[node] ?? (isRecord(root.msg) ? root.msg[node] : undefined)
}

/** An appmsg is many things; one that was written by hand for a file may lack the type. */
function isMessageOf(node: unknown, kind: MediaKind): boolean {
  if (node === undefined || kind !== 'file') return node !== undefined
  return !isRecord(node) || node.type === undefined || textOf(node.type) === '6'
}

function elsewhere(kind: MediaKind, verb: Verb): string {
  const { message, route } = mediaNodes[kind]
  // GeWe has no forwardVoice (contract 2.3).
  const what = kind === 'voice' && verb === 'forward' ? `${message}不能转发` : `请调用 ${verb}${route}`
  return `这是${message}的 xml，${what}`
}

function referenceIn(node: unknown, kind: MediaKind, doing: string): MediaReference {
  const names = mediaNodes[kind]
  if (Array.isArray(node)) throw invalid(`xml 中有多个 ${names.node} 节点，一次只能${doing}${names.counted}`)
  const values = kind === 'file' ? fileValues(node) : isRecord(node) ? node['@'] : undefined
  return {
    fileId: firstOf(values, names, 'fileId'),
    aesKey: firstOf(values, names, 'aesKey'),
  }
}

function fileValues(appmsg: unknown): Record<string, unknown> {
  const message = isRecord(appmsg) ? appmsg : {}
  if (!isMessageOf(message, 'file')) {
    // A file is announced before it has arrived, by a message of its own (contract 3.3).
    throw invalid(
      textOf(message.type) === '74'
        ? 'xml 的 appmsg 的 type 是 74，文件还没有传完，请传入随后 type 为 6 的那条消息的 xml'
        : 'xml 的 appmsg 的 type 不是 6，不是文件消息，请传入文件消息的 xml',
    )
  }
  const attach = isRecord(message.appattach) ? message.appattach : {}
  const [, fileId, aesKey] = /^@cdn_([^_]+)_([^_]+)_\d+$/.exec(textOf(attach.attachid)) ?? []
  return { cdnattachurl: textOf(attach.cdnattachurl) || fileId, aeskey: textOf(attach.aeskey) || aesKey }
}

function firstOf(values: unknown, names: MediaNode, field: 'fileId' | 'aesKey'): string {
  if (isRecord(values)) {
    for (const name of names[field]) {
      const value = values[name]
      if (typeof value === 'string' && value !== '') return value
    }
  }
  const advice = names.replied
    ? `请填写 post${names.route} 返回的 ${field}`
    : `请原样传入收到的${names.message}的 xml`
  throw invalid(`xml 的 ${names.holder} 缺少 ${names[field][0]}，${advice}`)
}

function invalid(reason: string): GatewayError {
  return new GatewayError('xml_invalid', { reason })
}
