import type { CdnObject, Objects } from './objects.ts'
import { isCount, isObject, objectOf } from './read.ts'

/** An item as it would be shown, before it is. */
export interface Judged {
  readonly kind: 'text' | 'image' | 'video' | 'file' | 'nothing'
  readonly text?: string
  readonly object?: CdnObject
  readonly thumb?: CdnObject
  readonly payload: Record<string, unknown>
  /** What the sender did wrong. */
  readonly faults: readonly string[]
  /** Why a phone shows nothing, or only a grey box; a fault or not. */
  readonly why?: string
}

interface Kind {
  readonly kind: 'image' | 'video' | 'file'
  readonly payload: string
  /** `media_type` of its upload. */
  readonly mediaType: number
  /** The field that holds the bytes of the ciphertext. */
  readonly size?: string
}

const kinds: Readonly<Record<number, Kind>> = {
  2: { kind: 'image', payload: 'image_item', mediaType: 1, size: 'mid_size' },
  4: { kind: 'file', payload: 'file_item', mediaType: 3 },
  5: { kind: 'video', payload: 'video_item', mediaType: 2, size: 'video_size' },
}

/** Looks at the one item of a message the way the service and the phone do. */
export function judge(item: unknown, objects: Objects): Judged {
  const { type, ...rest } = objectOf(item)
  const payloads = Object.keys(rest).filter((key) => key.endsWith('_item'))
  const nothing = (why: string, isFault = true): Judged => ({
    kind: 'nothing',
    payload: {},
    faults: isFault ? [why] : [],
    why,
  })
  if (type === 3 || type === 11 || type === 12) return nothing(`phones show no item of type ${type}`, false)
  const media = typeof type === 'number' ? kinds[type] : undefined
  const wanted = type === 1 ? 'text_item' : media?.payload
  if (wanted === undefined) return nothing(`item type ${String(type)} does not exist`)
  const payload = rest[wanted]
  if (payloads.length !== 1 || !isObject(payload)) {
    return nothing(
      `an item of type ${String(type)} has ${payloads.join(', ') || 'no payload'}, not ${wanted}`,
    )
  }
  if (!media) {
    const { text } = payload
    if (typeof text !== 'string' || text === '') return nothing('text_item.text is missing')
    return { kind: 'text', text, payload, faults: [] }
  }
  const faults: string[] = []
  const main = reference(payload.media, `${wanted}.media`, objects, faults, { part: 'main', ...media })
  const { object } = main
  let why = main.why
  const fail = (words: string) => {
    faults.push(words)
    why ??= words
  }
  if (object) {
    if (media.size !== undefined && payload[media.size] !== object.sealedSize) {
      fail(`${media.size} is ${String(payload[media.size])}, the ciphertext has ${object.sealedSize} bytes`)
    }
    if (media.kind === 'file') fileFaults(payload, object).forEach(fail)
    const md5 = payload.video_md5
    if (md5 !== undefined && md5 !== object.md5) fail('video_md5 is not the md5 of the plain bytes')
  }
  const length = payload.play_length
  if (length !== undefined && !isCount(length)) fail('play_length is no whole number')
  const thumb = thumbOf(payload, wanted, objects, faults)
  return {
    kind: why === undefined ? media.kind : 'nothing',
    payload,
    faults,
    ...(object ? { object } : {}),
    ...(thumb ? { thumb } : {}),
    ...(why === undefined ? {} : { why }),
  }
}

function fileFaults(payload: Record<string, unknown>, object: CdnObject): string[] {
  const faults: string[] = []
  if (typeof payload.len !== 'string') faults.push('file_item.len is no string')
  else if (payload.len !== String(object.rawSize)) {
    faults.push(`file_item.len is ${payload.len}, the file has ${object.rawSize} bytes`)
  }
  if (typeof payload.file_name !== 'string' || payload.file_name === '') {
    faults.push('file_item.file_name is missing')
  }
  if (payload.md5 !== undefined && payload.md5 !== object.md5) {
    faults.push('file_item.md5 is not the md5 of the plain bytes')
  }
  return faults
}

/** A thumbnail that does not hold is a fault, and the message is shown without it. */
function thumbOf(payload: Record<string, unknown>, name: string, objects: Objects, faults: string[]) {
  if (payload.thumb_media === undefined) return undefined
  const place = `${name}.thumb_media`
  const { object, why } = reference(payload.thumb_media, place, objects, faults, { part: 'thumb' })
  if (object && payload.thumb_size !== object.sealedSize) {
    faults.push(`thumb_size is ${String(payload.thumb_size)}, the ciphertext has ${object.sealedSize} bytes`)
  }
  for (const side of ['thumb_width', 'thumb_height']) {
    const pixels = payload[side]
    if (pixels !== undefined && (!isCount(pixels) || pixels === 0)) faults.push(`${side} is no pixel count`)
  }
  return why === undefined ? object : undefined
}

interface Wanted {
  readonly part: 'main' | 'thumb'
  readonly mediaType?: number
}

function reference(
  media: unknown,
  place: string,
  objects: Objects,
  faults: string[],
  { part, mediaType }: Wanted,
): { readonly object?: CdnObject; readonly why?: string } {
  const { encrypt_query_param: param, aes_key: key, encrypt_type: type } = objectOf(media)
  const object = typeof param === 'string' ? objects.get(param) : undefined
  const refuse = (words: string) => {
    faults.push(`${place}: ${words}`)
    return { why: `${place}: ${words}`, ...(object ? { object } : {}) }
  }
  if (object?.origin !== 'upload') {
    return refuse('encrypt_query_param is not what an upload was answered with')
  }
  if (object.stale) return { object, why: `${place}: the upload is no longer there` }
  if (object.damage !== undefined) return { object, why: `${place}: ${object.damage}` }
  // A thumbnail is the second part of its video's upload, or an image uploaded by itself.
  const fits =
    part === 'main'
      ? object.part === 'main' && object.mediaType === mediaType
      : object.part === 'thumb' || object.mediaType === 1
  if (!fits) return refuse('the upload was announced as something else')
  if (key === Buffer.from(object.key, 'hex').toString('base64')) {
    return refuse('aes_key is the base64 of the raw key: a grey box')
  }
  if (key !== Buffer.from(object.key).toString('base64')) {
    return refuse('aes_key is not the base64 of the declared key in hex')
  }
  if (type !== 1) return refuse('encrypt_type is not 1')
  return { object }
}
