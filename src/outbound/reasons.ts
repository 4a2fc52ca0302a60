import { errors } from 'undici'
import { settings } from '../config.ts'
import { type ErrorCode, GatewayError, systemCode } from '../errors.ts'
import { isOwnMachine } from './addresses.ts'

/** What of a link may be shown: origin and path. Its query may be a signature. */
export function place(url: URL): string {
  return `${url.origin}${url.pathname}`.slice(0, 200)
}

/** The refusal of an address, naming it and the setting that would open it. */
export function refusedAddress(subject: string, host: string, address: string): GatewayError {
  const name = host === address ? address : `${address}（${host}）`
  const own = isOwnMachine(address)
    ? '它指的是网关自己（网关在容器里时就是那个容器），请改用网关能访问到的地址；'
    : ''
  return new GatewayError('url_forbidden', {
    reason: `${subject} 指向的地址 ${name} 属于本机、内网或保留地址，默认不允许访问；${own}如确需访问，请由网关管理员把该地址加入 ${settings.fetchAllow.name}`,
  })
}

/** The refusal of an answer that is not a file, naming the status. */
export function refusedStatus(subject: string, url: URL, status: number): GatewayError {
  const advice = new Map([
    [204, '链接没有内容，请检查链接'],
    [206, '网关要的是完整文件，请换一个不分段的链接'],
    [401, '链接需要登录，请换一个可直接下载的链接'],
    [403, '服务器拒绝访问，链接可能已过期或有防盗链，请换一个可直接下载的链接'],
    [404, '文件不存在，请检查链接是否写对、是否已过期'],
    [410, '文件已被删除，请换一个链接'],
    [429, '请求过于频繁，请稍后重试'],
  ]).get(status)
  const fallback = status >= 500 ? '对方服务器出错，请稍后重试' : '请换一个可直接下载的链接'
  return new GatewayError('fetch_status', {
    reason: `${subject} 的服务器返回了 ${status}（${place(url)}），${advice ?? fallback}`,
    retryable: status === 408 || status === 429 || status >= 500,
  })
}

interface Circumstances {
  readonly subject: string
  readonly url: URL
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  /** Whether the headers of an answer had come. */
  readonly answered: boolean
}

const certificate = /CERT|^UNABLE_TO_|^SELF_SIGNED|^ERR_TLS/
const handshake = /^ERR_SSL|^EPROTO$/
const nameLookup = /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/
/** Beside a parser error: endless headers, or two lengths. */
const malformed = /^UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH)$/
const noRoute = /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT)$/

/** Turns whatever the network threw into the error a caller can act on; a GatewayError passes as it is. */
export function networkFault(error: unknown, at: Circumstances): GatewayError {
  if (error instanceof GatewayError) return error
  const { subject, url } = at
  const code = systemCode(error) ?? ''
  const host = url.host
  const fault = (kind: Parameters<typeof make>[0], reason: string) => make(kind, reason, error)

  if (code === 'EMFILE' || code === 'ENFILE') return GatewayError.from(error)
  if (code === 'UND_ERR_CONNECT_TIMEOUT')
    return fault(
      'fetch_timeout',
      `${subject} 的服务器 ${host} 在 ${at.connectTimeoutMs} 毫秒内连不上，请检查地址、端口和防火墙`,
    )
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return fault(
      'fetch_timeout',
      `${subject} 的服务器 ${host} 超过 ${at.idleTimeoutMs} 毫秒没有发来数据，请稍后重试或换一个链接`,
    )
  if (at.answered)
    return fault('fetch_interrupted', `${subject} 下载中途连接断开，内容不完整（${place(url)}），请重试`)
  if (nameLookup.test(code))
    return fault('fetch_unreachable', `${subject} 的域名 ${url.hostname} 无法解析，请检查域名和网关的 DNS`)
  if (code === 'ECONNREFUSED')
    return fault(
      'fetch_unreachable',
      `${subject} 的服务器 ${host} 拒绝连接，请检查服务是否已启动、端口是否正确（容器里的 localhost 是容器自己）`,
    )
  if (noRoute.test(code))
    return fault('fetch_unreachable', `网关到 ${subject} 的服务器 ${host} 网络不通，请检查地址和网络`)
  if (certificate.test(code))
    return fault(
      'fetch_unreachable',
      `${subject} 的服务器 ${host} 的 HTTPS 证书无效（${code}），请更换证书或链接`,
    )
  if (handshake.test(code))
    return fault(
      'fetch_unreachable',
      `${subject} 的服务器 ${host} 无法建立 HTTPS 连接，请检查该端口是否提供 HTTPS`,
    )
  if (error instanceof errors.HTTPParserError || malformed.test(code))
    return fault('fetch_status', `${subject} 的服务器 ${host} 的回答不是可用的 HTTP 响应，请检查端口和链接`)
  return fault('fetch_unreachable', `${subject} 的服务器 ${host} 没有响应就断开了连接，请稍后重试或检查链接`)
}

/**
 * The error of an exchange that got no whole answer. Before the socket was open it is fetch_unreachable whatever
 * happened, and the request certainly did not arrive; afterwards `sent` is unknown.
 */
export function exchangeFault(
  error: unknown,
  at: {
    readonly subject: string
    readonly url: URL
    readonly connectTimeoutMs: number
    readonly open: boolean
  },
): GatewayError {
  if (!at.open) {
    const fault = networkFault(error, { ...at, idleTimeoutMs: 0, answered: false })
    return toldAsUnreachable.has(fault.code)
      ? new GatewayError('fetch_unreachable', { reason: fault.reason, cause: error })
      : fault
  }
  if (error instanceof GatewayError)
    return new GatewayError(error.code, { reason: error.reason, sent: 'unknown', cause: error.cause })
  const malformedAnswer = error instanceof errors.HTTPParserError || malformed.test(systemCode(error) ?? '')
  const what = malformedAnswer ? '的回答不是可用的 HTTP 响应' : '没有给出完整的回答就断开了连接'
  return new GatewayError('fetch_interrupted', {
    reason: `${at.subject} 的服务器 ${at.url.host} ${what}，请稍后重试`,
    sent: 'unknown',
    cause: error,
  })
}

const toldAsUnreachable: ReadonlySet<ErrorCode> = new Set([
  'fetch_timeout',
  'fetch_status',
  'files_exhausted',
])

function make(
  code: 'fetch_timeout' | 'fetch_interrupted' | 'fetch_unreachable' | 'fetch_status',
  reason: string,
  cause: unknown,
) {
  return new GatewayError(code, { reason, cause })
}
