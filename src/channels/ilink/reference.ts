import { GatewayError } from '../../errors.ts'
import { countOf, type Fields, fieldsOf, fieldsOfJson, hex32Of, textOf } from './fields.ts'

const version = 1

/** What the CDN gave for an uploaded object. */
export interface Uploaded {
  /** Download parameter: `x-encrypted-param` of the upload's answer. */
  readonly d: string
  /** 32 hex digits. */
  readonly aesKey: string
  /** Sealed bytes. */
  readonly size: number
}

/** A file on the CDN, for any number of sends. */
export interface Reference extends Uploaded {
  readonly thumb: (Uploaded & { readonly width: number; readonly height: number }) | undefined
}

export function writeReference({ thumb, ...file }: Reference): string {
  const { width, height } = thumb ?? {}
  return JSON.stringify({
    v: version,
    ...written(file),
    ...(thumb && { thumb: { ...written(thumb), width, height } }),
  })
}

/** @throws {GatewayError} upload_failed for what this driver did not write */
export function readReference(text: string): Reference {
  const fields = fieldsOfJson(text)
  const file = fields.v === version ? uploadedOf(fields) : undefined
  if (!file)
    throw new GatewayError('upload_failed', { reason: '上传记录无法识别，请用原来的链接重新发送这个文件' })
  const thumb = fieldsOf(fields.thumb)
  const uploaded = uploadedOf(thumb)
  const width = countOf(thumb.width)
  const height = countOf(thumb.height)
  return { ...file, thumb: uploaded && width && height ? { ...uploaded, width, height } : undefined }
}

function written({ d, aesKey, size }: Uploaded) {
  return { d, aes_key: aesKey, size }
}

function uploadedOf(fields: Fields): Uploaded | undefined {
  const d = textOf(fields.d)
  const aesKey = hex32Of(fields.aes_key)
  const size = countOf(fields.size)
  return d && aesKey && size ? { d, aesKey, size } : undefined
}
