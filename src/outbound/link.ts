import { isIP } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { Permits } from './addresses.ts'
import { refusedAddress } from './reasons.ts'

/** Signed links of the large object stores stay below 4 KiB; common servers take a request line of 8 KiB. */
const maxLength = 8192

/**
 * Reads an address that a caller or a redirect gave: http or https, no credentials, at most 8192 characters, and,
 * when the host is an address or localhost, one that may be reached. The URL parser has already turned every
 * decimal, octal, hexadecimal or short spelling of an IPv4 address into the plain one. Resolves no name.
 * @param subject the field it came from, for the reason
 * @param base what a relative redirect is relative to
 * @throws {GatewayError} url_invalid, url_forbidden
 */
export function readLink(text: string, subject: string, permits: Permits, base?: URL): URL {
  const invalid = (fault: string) => new GatewayError('url_invalid', { reason: `${subject} ${fault}` })
  if (text.length > maxLength) throw invalid(`过长，最多 ${maxLength} 个字符`)
  const url = parse(text, base)
  if (!url) throw invalid('不是完整的链接，请填写以 http:// 或 https:// 开头的地址')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(
      `只支持 http 和 https 链接，不支持 ${url.protocol.slice(0, 20)} 开头的地址，请把文件放到网关能访问的 http 服务器上`,
    )
  if (url.href.length > maxLength) throw invalid(`过长，最多 ${maxLength} 个字符`)
  if (url.username || url.password) throw invalid('不能包含用户名或密码，请去掉 @ 之前的部分')
  if (url.port === '0') throw invalid('的端口不能是 0')
  const host = bareHost(url)
  const address = isLocalhost(host) ? '127.0.0.1' : host
  if (isIP(address) && !permits(address)) throw refusedAddress(subject, host, address)
  return url
}

/** Not by `URL.canParse`: that of Node 20 and 22, once it is hot, says no to hosts with letters such as ü. */
function parse(text: string, base: URL | undefined): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** The host as `net.connect` wants it: an IPv6 address without brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** RFC 6761: these names mean the own machine, whatever a resolver says. */
function isLocalhost(host: string): boolean {
  return /(^|\.)localhost\.?$/.test(host)
}
