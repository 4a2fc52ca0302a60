import { GatewayError } from '../errors.ts'
import { Gate } from './gate.ts'
import { type ReadyThumb, readyThumb } from './intake-thumb.ts'
import { sniff } from './sniff.ts'
import { makeThumbnail, pictureSize } from './thumbnail.ts'
import type { RandomAccess } from './window.ts'

/** Longer ones are not decoded: the largest that HONGYAN_MAX_IMAGE_BYTES lets a caller send. */
const MAX_BYTES = 100 * 1024 ** 2
/** A picture is held whole while it is decoded, which is done one at a time anyway. */
const oneAtATime = new Gate(1)

/** What a picture message may carry. */
const types: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/apng': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

export interface FileType {
  readonly mime: string
  /** Without the dot; letters and digits. */
  readonly extension: string
}

export interface Picture {
  readonly width: number
  readonly height: number
  readonly thumb: ReadyThumb
}

/** The type of a picture that a message can carry, or undefined. */
export async function sniffPicture(head: Buffer): Promise<FileType | undefined> {
  const found = await sniff(head)
  const extension = found && types[found.mime]
  return found && extension ? { mime: found.mime, extension } : undefined
}

/**
 * Decodes a whole picture: its size, and a thumbnail of it. It is held only while it is decoded.
 * @param tokenId whose picture it is; tokens take turns
 * @throws {GatewayError} image_invalid for one that is damaged, cut short or too large to decode
 */
export async function takePicture(plain: RandomAccess, tokenId: string): Promise<Picture> {
  if (plain.length > MAX_BYTES) {
    throw new GatewayError('image_invalid', { reason: '图片无法使用：超过 100 MiB，请换一张较小的图片' })
  }
  return oneAtATime.pass(tokenId, async () => decode(await plain.read(0, plain.length), tokenId))
}

async function decode(bytes: Buffer, tokenId: string): Promise<Picture> {
  try {
    const thumbnail = await makeThumbnail(bytes, tokenId)
    const { width, height } = await pictureSize(bytes)
    return { width, height, thumb: readyThumb(thumbnail, { etag: null, lastModified: null }) }
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'thumb_invalid') throw error
    const reason = error.reason.replace('缩略图无法使用', '图片无法使用')
    throw new GatewayError('image_invalid', { reason, cause: error.cause })
  }
}
