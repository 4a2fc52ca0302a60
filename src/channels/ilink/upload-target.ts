import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { SealedFile } from '../channel.ts'
import { ask, harmless } from './call.ts'
import type { Account } from './credentials.ts'
import { type Fields, textOf } from './fields.ts'
import { baseInfo } from './headers.ts'
import { refused, verdict } from './judge.ts'
import { cdnBase } from './locator.ts'
import type { IlinkConfig, Wire } from './wire.ts'

/** `media_type` of an upload; not the `type` of an item, which counts otherwise (sheet 5.2). */
const uploadTypes = { image: 1, video: 2, file: 3 } as const

interface Wanted {
  readonly toWxid: string
  readonly type: keyof typeof uploadTypes
  readonly file: SealedFile
  /** Under the same key as the file. */
  readonly thumb: SealedFile | undefined
}

/** Where to post; the thumbnail's address only where the server has one for it. */
export interface UploadTarget {
  readonly url: string
  readonly thumbUrl: string | undefined
}

const timeoutMs = 15_000
const endpoint = 'getuploadurl'

/** Sealed bytes of so many plain ones: PKCS#7 always pads (sheet 7.1). */
export function sealedSize(length: number): number {
  return (Math.floor(length / 16) + 1) * 16
}

/**
 * Asks for the permission to upload (sheet 7.3).
 * @throws {GatewayError} session_dead, channel_limited, channel_refused, channel_unreachable, upload_failed where the
 * answer names no address; or the abort reason
 */
export async function requestTarget(
  wire: Wire,
  account: Account,
  { toWxid, type, file, thumb }: Wanted,
  signal: AbortSignal,
): Promise<UploadTarget> {
  const filekey = randomBytes(16).toString('hex')
  const answer = await ask(wire, {
    base: account.baseUrl,
    endpoint,
    token: account.token,
    body: {
      filekey,
      media_type: uploadTypes[type],
      to_user_id: toWxid,
      rawsize: file.length,
      rawfilemd5: file.md5,
      filesize: sealedSize(file.length),
      ...(thumb && {
        thumb_rawsize: thumb.length,
        thumb_rawfilemd5: thumb.md5,
        thumb_filesize: sealedSize(thumb.length),
      }),
      no_need_thumb: thumb === undefined,
      aeskey: file.aesKey,
      base_info: baseInfo(wire.config),
    },
    timeoutMs,
    signal,
  }).catch((error: unknown) => {
    throw harmless(error)
  })
  const judged = verdict(endpoint, answer)
  const url = addressOf(wire.config, answer, 'upload', filekey)
  if (url === undefined)
    throw new GatewayError('upload_failed', {
      reason: `微信没有给出上传地址（${judged.words}），请检查接收人，或稍后重试`,
    })
  if (judged.ret !== 0) throw refused(judged)
  return { url, thumbUrl: thumb && addressOf(wire.config, answer, 'thumb_upload', filekey) }
}

function addressOf(config: IlinkConfig, answer: Fields, prefix: string, filekey: string): string | undefined {
  const full = textOf(answer[`${prefix}_full_url`])?.trim()
  if (full) return full
  const param = textOf(answer[`${prefix}_param`])
  if (!param) return undefined
  const query = `encrypted_query_param=${encodeURIComponent(param)}&filekey=${encodeURIComponent(filekey)}`
  return `${cdnBase(config)}/upload?${query}`
}
