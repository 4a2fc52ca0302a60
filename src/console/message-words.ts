import { labelOf, msgTypes, TEXT } from '../messages/parcel.ts'
import { isRecord, readTree, textOf } from '../messages/xml-tree.ts'
import type { MediaView, MessageKind } from './schema.ts'

/** WeChat's MsgType of a plain notice. */
const NOTICE = 10_000
/** WeChat's appmsg type of a quote (contract 3.3). */
const QUOTE = '57'
/** Characters of a quoted text that are shown. */
const MAX_QUOTED = 200

/** What a person reads of a message. */
export interface MessageWords {
  readonly kind: MessageKind
  readonly text: string
  readonly quoted: string | null
}

const kinds: ReadonlyMap<number, 'image' | 'voice' | 'video'> = new Map([
  [msgTypes.image, 'image'],
  [msgTypes.voice, 'voice'],
  [msgTypes.video, 'video'],
])

/**
 * Reads a message's content as its sender's phone would show it. What cannot be read is named, never an error.
 * @param content without the sender's name in front
 */
export function wordsOf(msgType: number, content: string, media: MediaView | undefined): MessageWords {
  if (media) return { kind: media.kind, text: media.name, quoted: null }
  if (msgType === TEXT) return { kind: 'text', text: content, quoted: null }
  if (msgType === NOTICE) return { kind: 'notice', text: content, quoted: null }
  const kind = kinds.get(msgType)
  // Its bytes were swept.
  if (kind) return { kind: 'other', text: labelOf(kind, ''), quoted: null }
  return appMessageWords(content)
}

function appMessageWords(content: string): MessageWords {
  const appmsg = appmsgOf(content)
  const text = textOf(appmsg.title) || '[消息]'
  if (textOf(appmsg.type) !== QUOTE) return { kind: 'other', text, quoted: null }
  const quoted = isRecord(appmsg.refermsg) ? appmsg.refermsg : {}
  const type = Number(textOf(quoted.type))
  const named = kinds.get(type)
  const words = type === TEXT ? textOf(quoted.content) : named ? labelOf(named, '') : '[消息]'
  const name = textOf(quoted.displayname)
  return { kind: 'quote', text, quoted: `${name && `${name}: `}${words.slice(0, MAX_QUOTED)}` }
}

function appmsgOf(content: string): Record<string, unknown> {
  try {
    const tree = readTree(content)
    const msg = isRecord(tree) && isRecord(tree.msg) ? tree.msg : {}
    return isRecord(msg.appmsg) ? msg.appmsg : {}
  } catch {
    return {}
  }
}
