/**
 * The one table of what can go wrong. `code` is stable and goes to callers in `data.code`; `retryable` says
 * whether the same request may succeed later; `sent` whether a message may have left all the same.
 */
interface Fault {
  /** Top-level `msg` of the reply; without it the route's own words stand ("发送视频失败"). */
  readonly title?: string
  /** What a person can do, used when the thrower has nothing more exact to say. */
  readonly reason: string
  readonly retryable: boolean
  /** `no` unless said otherwise. */
  readonly sent?: Sent
}

const table = {
  token_missing: {
    title: 'header:X-GEWE-TOKEN 不可为空',
    reason: '请在请求头 X-GEWE-TOKEN 中填写 token',
    retryable: false,
  },
  token_invalid: { reason: '请检查 X-GEWE-TOKEN，或用 hongyan token create 新建一个', retryable: false },
  token_closed: {
    reason:
      '本网关不向未持有 token 的调用者发放 token，请向网关管理员索取，或在网关所在机器上运行 hongyan token create',
    retryable: false,
  },
  too_many_requests: { reason: '请求过于频繁，请稍后再试', retryable: true },
  request_invalid: { reason: '请求参数有误', retryable: false },
  body_invalid: { reason: '请求体不是合法的 JSON 对象', retryable: false },
  body_too_large: { reason: '请求体过大', retryable: false },
  route_unknown: { title: '接口不存在', reason: '没有这个接口', retryable: false },
  internal: { reason: '网关内部错误，请查看网关日志', retryable: true },
  send_cancelled: { reason: '已取消，消息没有发出', retryable: true },
  caller_gone: { reason: '调用方在消息发出前断开了连接，消息没有发出', retryable: true },
  shutting_down: { reason: '网关正在停止，请稍后重试', retryable: true },
  idempotency_mismatch: {
    reason: '同一个 Idempotency-Key 已用于内容不同的请求，请换一个新的 key',
    retryable: false,
  },
  device_unknown: { reason: '设备不存在', retryable: false },
  device_offline: { reason: '设备不在线，请先登录', retryable: true },
  device_online: { title: '微信已登录，请勿重复登录。', reason: '该设备已经在线', retryable: false },
  login_expired: { reason: '二维码已过期，请重新获取', retryable: true },
  channel_unknown: { reason: '不支持的 channel', retryable: false },
  receiver_unknown: { reason: '找不到接收人', retryable: false },
  chatroom_unknown: { reason: '群不存在', retryable: false },
  members_invalid: { reason: '群成员有误', retryable: false },
  url_invalid: { reason: '链接必须是 http 或 https 地址', retryable: false },
  url_forbidden: { reason: '链接指向的地址不允许访问', retryable: false },
  fetch_unreachable: { reason: '无法连接到链接所在的服务器', retryable: true },
  fetch_timeout: { reason: '从链接下载超时', retryable: true },
  fetch_status: { reason: '链接所在的服务器没有返回文件', retryable: true },
  fetch_redirects: { reason: '链接的重定向次数过多', retryable: false },
  fetch_interrupted: { reason: '下载中途连接断开，内容不完整', retryable: true },
  fetch_too_large: { reason: '文件超过大小限制', retryable: false },
  fetch_empty: { reason: '链接返回的内容为空', retryable: true },
  video_invalid: { reason: '链接返回的内容不是视频', retryable: false },
  thumb_invalid: { reason: '缩略图链接返回的内容不是可用的图片', retryable: false },
  xml_invalid: { reason: 'xml 无法解析', retryable: false },
  media_unknown: { reason: '找不到这个 cdn 文件', retryable: false },
  media_key_mismatch: { reason: 'aeskey 与 cdn 文件不符', retryable: false },
  media_gone: { reason: '这个 cdn 文件的内容已被清理', retryable: false },
  storage_full: { reason: '网关磁盘空间不足，请清理后重试', retryable: true },
  storage_failed: { reason: '网关存储读写失败，请查看网关日志', retryable: true },
  files_exhausted: {
    reason: '网关能打开的文件和连接已经用完，请稍后重试；请网关管理员调大上限（LimitNOFILE，ulimit -n）',
    retryable: true,
  },
  database_failed: { reason: '网关数据库暂不可用，请稍后重试', retryable: true },
  message_unknown: { reason: '找不到这条消息', retryable: false },
  revoke_expired: { title: '消息已超过可撤回时间', reason: '只能撤回 2 分钟内发送的消息', retryable: false },
  session_dead: { reason: '微信会话已失效，请用 /login/getLoginQrCode 重新扫码登录', retryable: true },
  login_code_needed: { reason: '本次登录需要输入安全验证码', retryable: true },
  login_failed: { reason: '登录没有完成，请重新获取二维码', retryable: true },
  channel_unreachable: { reason: '无法连接到微信的服务器，请稍后重试', retryable: true },
  channel_refused: { reason: '微信拒绝了这次请求', retryable: false },
  channel_limited: { reason: '微信限制了发送，请稍后再试', retryable: true },
  channel_unsupported: { reason: '此设备所在的通道不支持这个操作', retryable: false },
  upload_failed: { reason: '文件没有能上传到微信的 CDN，请稍后重试', retryable: true },
  send_unknown: {
    reason: '微信没有应答，消息可能已经送达；请先确认对方是否收到，再决定是否重发',
    retryable: false,
    sent: 'unknown',
  },
  window_closed: { reason: '对方最近 24 小时没有给机器人发过消息，需要对方先发一条', retryable: true },
  window_used: { reason: '对方上一条消息之后，机器人可发的条数已用完，需要对方再发一条', retryable: true },
  text_too_long: { reason: '文字过长，请分成几条发送', retryable: false },
  image_invalid: { reason: '链接返回的内容不是可用的图片', retryable: false },
  event_unknown: { reason: '找不到这次回调', retryable: false },
  callback_unreachable: { reason: '回调地址无法访问', retryable: true },
} as const satisfies Record<string, Fault>

/** A stable word of ours for one kind of failure. */
export type ErrorCode = keyof typeof table

/** Whether a message may have left although the request failed. */
export type Sent = 'no' | 'unknown'

interface ErrorOptions {
  /** Why, in the caller's Chinese, naming the value at fault and what to do. Never holds a secret. */
  reason?: string
  /** Replaces the top-level `msg` of the reply. */
  title?: string
  sent?: Sent
  /** Where this case differs from the table. */
  retryable?: boolean
  /** When to come back, seconds. */
  retryAfter?: number
  cause?: unknown
}

/** What a machine says whose disk is full or broken or whose files are used up: wherever that surfaces, no fault of ours. */
const machineFaults: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'storage_full',
  EDQUOT: 'storage_full',
  EROFS: 'storage_failed',
  EIO: 'storage_failed',
  EMFILE: 'files_exhausted',
  ENFILE: 'files_exhausted',
}

/** The one error class: everything a caller may read, plus the `cause` that only the log sees. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly reason: string
  readonly title: string | undefined
  readonly sent: Sent
  readonly retryable: boolean
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const fault: Fault = table[code]
    const reason = options.reason ?? fault.reason
    super(`${code}: ${reason}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.reason = reason
    this.title = options.title ?? fault.title
    this.sent = options.sent ?? fault.sent ?? 'no'
    this.retryable = options.retryable ?? fault.retryable
    this.retryAfter = options.retryAfter
  }

  /**
   * The only funnel from an unknown throw to something a caller may read: a stranger's error stays mute.
   * @param otherwise the code where the machine is not to blame
   */
  static from(error: unknown, otherwise: ErrorCode = 'internal'): GatewayError {
    if (error instanceof GatewayError) return error
    return new GatewayError(machineFaults[systemCode(error) ?? ''] ?? otherwise, { cause: error })
  }
}

/** Node's `code` of a system error (`ENOENT`, `ECONNREFUSED`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
