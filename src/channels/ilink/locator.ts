import { GatewayError } from '../../errors.ts'
import { type Fields, fieldsOfJson, textOf } from './fields.ts'
import type { IlinkConfig } from './wire.ts'

const version = 1

/** Where the file of a CDN reference waits, or undefined where the reference leads nowhere. */
export function writeLocator(media: Fields): string | undefined {
  const url = textOf(media.full_url)?.trim()
  const param = textOf(media.encrypt_query_param)
  const usable = url && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined
  if (!usable && !param) return undefined
  return JSON.stringify({ v: version, ...(usable ? { url: usable } : { param }) })
}

/** The download address (sheet 7.5): the server's own, or one built from its parameter. @throws {GatewayError} url_invalid */
export function downloadUrl(config: IlinkConfig, locator: string): string {
  const fields = fieldsOfJson(locator)
  const url = textOf(fields.url)
  const param = textOf(fields.param)
  if (fields.v === version && url) return url
  if (fields.v === version && param)
    return `${cdnBase(config)}/download?encrypted_query_param=${encodeURIComponent(param)}`
  throw new GatewayError('url_invalid', { reason: '文件在微信 CDN 上的位置无法识别，请让对方重新发送' })
}

/** Without a slash at its end: CDN addresses are put together as texts (sheet 7.4). */
export function cdnBase(config: IlinkConfig): string {
  return config.ilinkCdnUrl.href.replace(/\/+$/, '')
}
