import { GatewayError } from '../../errors.ts'
import type { OutgoingFile, RemoteBody } from '../channel.ts'
import { encodeKey } from './aes-key.ts'
import { type Reference, readReference, type Uploaded } from './reference.ts'
import type { IlinkConfig } from './wire.ts'

/** What is known to be delivered whole (sheet 11): others fail or cut from here on. Characters, not UTF-16 units. */
const maxText = 2000
/** The size of the sealed bytes is packed in (sheet 5.2). */
const encryptType = 1

/**
 * The one item of a message (sheet 6.2, 6.4).
 * @throws {GatewayError} text_too_long; upload_failed for a reference of another driver
 */
export function outgoingItem(config: IlinkConfig, body: RemoteBody): object {
  if (body.kind === 'text') {
    requireShort(body.text)
    return { type: 1, text_item: { text: body.text } }
  }
  const { file } = body
  const reference = readReference(body.reference)
  switch (file.kind) {
    case 'image':
      return {
        type: 2,
        image_item: { media: media(reference), mid_size: reference.size, ...thumbFields(reference) },
      }
    case 'file':
      return {
        type: 4,
        // A number in `len` loses the message, a missing md5 made empty files (sheet 6.3).
        file_item: {
          media: media(reference),
          file_name: file.name || 'file',
          md5: file.body.md5,
          len: String(file.body.length),
        },
      }
    case 'video':
      return {
        type: 5,
        video_item: {
          media: media(reference),
          video_size: reference.size,
          video_md5: file.body.md5,
          ...playLength(config, file),
          ...thumbFields(reference),
        },
      }
  }
}

function requireShort(text: string): void {
  let count = 0
  for (const _ of text) count += 1
  if (count > maxText)
    throw new GatewayError('text_too_long', {
      reason: `文字有 ${count} 个字符，微信机器人一条最多 ${maxText} 个，请分成几条发送`,
    })
}

function media({ d, aesKey }: Uploaded): object {
  return { encrypt_query_param: d, aes_key: encodeKey(aesKey), encrypt_type: encryptType }
}

function thumbFields({ thumb }: Reference): object {
  if (!thumb) return {}
  return {
    thumb_media: media(thumb),
    thumb_size: thumb.size,
    thumb_width: thumb.width,
    thumb_height: thumb.height,
  }
}

/** The unit is not documented (sheet 6.4), so the operator chooses it. */
function playLength({ ilinkPlayLength: unit }: IlinkConfig, { durationMs }: OutgoingFile): object {
  if (unit === 'omit' || durationMs === undefined) return {}
  return { play_length: Math.round(unit === 'ms' ? durationMs : durationMs / 1000) }
}
