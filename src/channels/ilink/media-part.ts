import type { InboundPart, RemoteFile } from '../channel.ts'
import { decodeKey } from './aes-key.ts'
import { countOf, type Fields, fieldsOf, hex32Of, numberOf, textOf } from './fields.ts'
import { writeLocator } from './locator.ts'

type Details = Omit<Extract<InboundPart, { file: RemoteFile }>, 'kind' | 'file' | 'thumb'>

/** Names that people see where the media itself cannot be shown. */
export const mediaLabels = { image: '图片', voice: '语音', file: '文件', video: '视频' } as const

/** Extension by `encode_type` (sheet 5.2); 2 and 3 are no format that a program opens. */
const voiceExtensions = new Map([
  [1, 'pcm'],
  [4, 'speex'],
  [5, 'amr'],
  [6, 'silk'],
  [7, 'mp3'],
  [8, 'ogg'],
])
const maxNameLength = 255
/** No clip lasts longer, milliseconds. */
const maxDurationMs = 24 * 3600 * 1000

const nothing: Details = {
  name: undefined,
  extension: undefined,
  durationMs: undefined,
  transcript: undefined,
}

/** A picture (sheet 5.2). It may lie unsealed on the CDN: then there is no key at all. */
export function imagePart(item: Fields): InboundPart {
  const media = fieldsOf(item.media)
  const sealed = textOf(item.aeskey) ?? textOf(media.aes_key)
  const key = hex32Of(item.aeskey) ?? decodeKey(media.aes_key) ?? (sealed ? undefined : '')
  return part('image', item, key, {}, nothing)
}

/** A voice message; `playtime` is in milliseconds. */
export function voicePart(item: Fields): InboundPart {
  const transcript = textOf(item.text)
  const details = {
    ...nothing,
    extension: voiceExtensions.get(numberOf(item.encode_type) ?? 0),
    durationMs: durationOf(numberOf(item.playtime)),
    transcript,
  }
  const voice = part('voice', item, mediaKey(item), {}, details)
  // Words that were heard are worth showing without the sound.
  return voice.kind === 'other' && transcript ? { ...voice, label: `${voice.label}${transcript}` } : voice
}

/** A file; `len` counts its plain bytes. */
export function filePart(item: Fields): InboundPart {
  const name = cleanName(item.file_name)
  const facts = { length: countOf(item.len), md5: hex32Of(item.md5) }
  const extension = name?.match(/\.([A-Za-z0-9]{1,10})$/)?.[1]?.toLowerCase()
  return part('file', item, mediaKey(item), facts, { ...nothing, name, extension })
}

/** A video; `video_size` counts sealed bytes and so says nothing about the plain length. */
export function videoPart(item: Fields): InboundPart {
  const length = numberOf(item.play_length)
  // The unit is nowhere documented and both are seen (sheet 6.4): no clip lasts under a second, few last 1000.
  const durationMs = durationOf(length !== undefined && length < 1000 ? length * 1000 : length)
  return part('video', item, mediaKey(item), { md5: hex32Of(item.video_md5) }, { ...nothing, durationMs })
}

function mediaKey(item: Fields): string | undefined {
  return decodeKey(fieldsOf(item.media).aes_key)
}

function part(
  kind: keyof typeof mediaLabels,
  item: Fields,
  aesKey: string | undefined,
  facts: Partial<RemoteFile>,
  details: Details,
): InboundPart {
  const locator = writeLocator(fieldsOf(item.media))
  if (locator === undefined || aesKey === undefined)
    return { kind: 'other', label: `[${mediaLabels[kind]}：无法取得]` }
  return { kind, file: { ...unknown, ...facts, locator, aesKey }, thumb: thumbOf(item, aesKey), ...details }
}

const unknown = { length: undefined, md5: undefined, width: undefined, height: undefined }

/** `thumb_size` counts sealed bytes too. A thumbnail without a key of its own has that of its media (sheet 7.7). */
function thumbOf(item: Fields, mediaKey: string): RemoteFile | undefined {
  const media = fieldsOf(item.thumb_media)
  const locator = writeLocator(media)
  const own = textOf(media.aes_key)
  const aesKey = own === undefined ? mediaKey : decodeKey(own)
  if (locator === undefined || aesKey === undefined) return undefined
  const size = { width: countOf(item.thumb_width), height: countOf(item.thumb_height) }
  return { ...unknown, ...size, locator, aesKey }
}

function durationOf(ms: number | undefined): number | undefined {
  return ms !== undefined && ms > 0 && ms <= maxDurationMs ? Math.round(ms) : undefined
}

/** The last part of a path, without what no file name may hold. */
function cleanName(value: unknown): string | undefined {
  const name = textOf(value)
    ?.replace(/^.*[/\\]/s, '')
    .replace(/\p{C}+/gu, '')
    .trim()
  return name ? [...name].slice(-maxNameLength).join('') : undefined
}
