import type { Inbound, InboundPart, InboundQuote } from '../channel.ts'
import { type Fields, fieldsOf, idOf, isFields, numberOf, storable, textOf } from './fields.ts'
import { filePart, imagePart, mediaLabels, videoPart, voicePart } from './media-part.ts'

/** `message_type` of what bots say (sheet 5.1). */
const fromBot = 2
/** Item types (sheet 5.2). */
const types = { text: 1, image: 2, voice: 3, file: 4, video: 5, toolStart: 11, toolResult: 12 } as const
/** More than any message was seen to hold. */
const maxItems = 100
const maxIdLength = 256
/** As long as a caller's toWxid may be: whoever has a longer name could never be answered. */
const maxNameLength = 128
/** What Date can hold. */
const maxTime = 8.64e15

/** The messages of an answer that people wrote, in its order. Every field may be of any type. */
export function readMessages(value: unknown): readonly Inbound[] {
  if (!Array.isArray(value)) return []
  return value.filter(isFields).flatMap((message) => readMessage(message) ?? [])
}

function readMessage(message: Fields): Inbound | undefined {
  const fromWxid = textOf(message.from_user_id)
  if (!fromWxid || fromWxid.length > maxNameLength) return undefined
  if (numberOf(message.message_type) === fromBot) return undefined
  const items: unknown[] = Array.isArray(message.item_list) ? message.item_list : []
  return {
    id: idOf(message.message_id) ?? '',
    clientId: textOf(message.client_id)?.slice(0, maxIdLength),
    fromWxid,
    sentAt: timeOf(message.create_time_ms) ?? Date.now(),
    context: textOf(message.context_token),
    parts: items.filter(isFields).slice(0, maxItems).map(readItem),
  }
}

function readItem(item: Fields): InboundPart {
  const type = numberOf(item.type)
  switch (type) {
    case types.text: {
      const text = fieldsOf(item.text_item).text
      if (typeof text === 'string')
        return { kind: 'text', text: storable(text), quote: readQuote(item.ref_msg) }
      return { kind: 'other', label: '[文字：无法取得]' }
    }
    case types.image:
      return imagePart(fieldsOf(item.image_item))
    case types.voice:
      return voicePart(fieldsOf(item.voice_item))
    case types.file:
      return filePart(fieldsOf(item.file_item))
    case types.video:
      return videoPart(fieldsOf(item.video_item))
    case types.toolStart:
    case types.toolResult:
      return { kind: 'other', label: '[工具调用]' }
    default:
      return { kind: 'other', label: type === undefined ? '[未知消息]' : `[不支持的消息类型 ${type}]` }
  }
}

/** A quote names the message by `svr_id`; only older phones send what it said, too (sheet 5.2). */
function readQuote(value: unknown): InboundQuote | undefined {
  const reference = fieldsOf(value)
  const id = idOf(reference.svr_id)
  const text = quotedText(fieldsOf(reference.message_item)) ?? textOf(reference.title) ?? ''
  return id === undefined && text === '' ? undefined : { id, text }
}

function quotedText(item: Fields): string | undefined {
  switch (numberOf(item.type)) {
    case types.text:
      return textOf(fieldsOf(item.text_item).text)
    case types.image:
      return `[${mediaLabels.image}]`
    case types.voice:
      return textOf(fieldsOf(item.voice_item).text) ?? `[${mediaLabels.voice}]`
    case types.file: {
      const name = textOf(fieldsOf(item.file_item).file_name)
      return name ? `[${mediaLabels.file}] ${name}` : `[${mediaLabels.file}]`
    }
    case types.video:
      return `[${mediaLabels.video}]`
    default:
      return undefined
  }
}

function timeOf(value: unknown): number | undefined {
  const ms = numberOf(value)
  return ms !== undefined && ms >= 1 && ms <= maxTime ? Math.floor(ms) : undefined
}
