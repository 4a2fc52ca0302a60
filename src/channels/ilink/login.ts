import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { Credentials, LoginStart, LoginStep } from '../channel.ts'
import { ask, harmless } from './call.ts'
import { accountOf, isToken, writeCredentials } from './credentials.ts'
import { type Fields, fieldsOfJson, textOf } from './fields.ts'
import { verdict } from './judge.ts'
import { isBaseUrl, type Wire } from './wire.ts'

const startTimeoutMs = 15_000
/** The network holds the call that long (sheet 3.2). */
const pollTimeoutMs = 35_000
/** How long a QR code lives on the server, as users report (sheet 3.2). */
const qrSeconds = 120
/** What the largest QR code of the strength that `drawQr` uses holds, bytes. */
const maxQrBytes = 2331
/** The code's name travels in a query. */
const maxQrName = 4096
/** The official client names so many (sheet 3.1). */
const maxKnown = 10
const plainHost = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:\d{1,5})?$/

/** What a login has to remember between steps. */
interface Place {
  readonly qrcode: string
  /** Base of the host that is asked. */
  readonly host: string
  /** The digits that were typed in, until the network took or refused them. */
  readonly code?: string
}

/** Starts a login (sheet 3.1). @throws {GatewayError} channel_unreachable, login_failed */
export async function startLogin(
  wire: Wire,
  known: readonly Credentials[],
): Promise<LoginStart & { readonly login: string }> {
  const tokens = known.flatMap((credentials) => accountOf(credentials)?.token ?? []).slice(0, maxKnown)
  const answer = await ask(wire, {
    base: wire.config.ilinkQrUrl,
    endpoint: 'get_bot_qrcode?bot_type=3',
    body: { local_token_list: tokens },
    timeoutMs: startTimeoutMs,
  }).catch((error: unknown) => {
    throw harmless(error)
  })
  const qrcode = textOf(answer.qrcode)
  const qrData = textOf(answer.qrcode_img_content)
  if (!qrcode || qrcode.length > maxQrName || !qrData || !isDrawable(qrData)) {
    const { words } = verdict('get_bot_qrcode', answer)
    throw new GatewayError('login_failed', { reason: `微信没有给出二维码（${words}），请稍后重新获取` })
  }
  const place: Place = { qrcode, host: wire.config.ilinkQrUrl.href }
  return {
    uuid: randomBytes(16).toString('hex'),
    qrData,
    seconds: qrSeconds,
    login: JSON.stringify(place),
  }
}

function isDrawable(text: string): boolean {
  return Buffer.byteLength(text) <= maxQrBytes && !/\p{C}/u.test(text)
}

/**
 * Asks once how the login stands (sheet 3.2). A network that does not answer counts as waiting.
 * @throws {GatewayError} login_failed, shutting_down; or the abort reason
 */
export async function stepLogin(
  wire: Wire,
  login: string,
  typed: string | undefined,
  signal: AbortSignal,
): Promise<LoginStep> {
  const before = readPlace(login)
  const code = typed ?? before.code
  const place: Place = code === undefined ? before : { ...before, code }
  const verify = code === undefined ? '' : `&verify_code=${encodeURIComponent(code)}`
  try {
    const answer = await ask(wire, {
      method: 'GET',
      base: place.host,
      endpoint: `get_qrcode_status?qrcode=${encodeURIComponent(place.qrcode)}${verify}`,
      timeoutMs: pollTimeoutMs,
      signal,
    })
    return judge(wire, place, answer)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof GatewayError && ['login_failed', 'shutting_down'].includes(error.code)) throw error
    wire.log.debug({ reason: GatewayError.from(error).reason }, 'ilink: the login poll failed')
    return { kind: 'waiting', scanned: false, login: JSON.stringify(place) }
  }
}

function judge(wire: Wire, place: Place, answer: Fields): LoginStep {
  const { code, ...withoutCode } = place
  const forgotten = JSON.stringify(withoutCode)
  switch (answer.status) {
    case 'scaned':
      return { kind: 'waiting', scanned: true, login: forgotten }
    case 'scaned_but_redirect': {
      const host = textOf(answer.redirect_host)
      const moved = `${wire.config.ilinkRedirectScheme}://${host}/`
      const isUsable = host && plainHost.test(host) && URL.canParse(moved)
      const next: Place = isUsable ? { ...place, host: moved } : place
      return { kind: 'waiting', scanned: true, login: JSON.stringify(next) }
    }
    case 'need_verifycode':
      return { kind: 'code', wrong: code !== undefined, login: forgotten }
    case 'verify_code_blocked':
      return { kind: 'over', reason: 'blocked' }
    case 'expired':
      return { kind: 'over', reason: 'expired' }
    case 'binded_redirect':
      return { kind: 'bound' }
    case 'confirmed':
      return confirmed(wire, answer)
    default:
      return { kind: 'waiting', scanned: false, login: JSON.stringify(place) }
  }
}

function confirmed(wire: Wire, answer: Fields): LoginStep {
  const token = textOf(answer.bot_token)?.trim()
  const botId = textOf(answer.ilink_bot_id)
  const { ilinkApiUrl } = wire.config
  const baseUrl = asSafeAs(ilinkApiUrl, textOf(answer.baseurl) ?? ilinkApiUrl.href)
  if (!token || !botId || !isToken(token) || !isBotId(botId) || !isBaseUrl(baseUrl))
    throw new GatewayError('login_failed', {
      reason: '微信确认了登录，但没有给出可用的登录信息，请重新获取二维码再扫一次',
    })
  const userId = textOf(answer.ilink_user_id) ?? ''
  return { kind: 'done', wxid: botId, credentials: writeCredentials({ token, baseUrl, botId, userId }) }
}

/** The bot's token never travels in the clear where the configured API does not. */
function asSafeAs({ protocol }: URL, baseUrl: string): string {
  return protocol === 'https:' ? baseUrl.replace(/^http:/i, 'https:') : baseUrl
}

/** Fit to be a device's wxid: as long as a caller's may be, and none of the names that mean something else. */
function isBotId(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text) && text !== 'filehelper' && !text.endsWith('@chatroom')
}

function readPlace(login: string): Place {
  const fields = fieldsOfJson(login)
  const qrcode = textOf(fields.qrcode)
  const host = textOf(fields.host)
  const code = textOf(fields.code)
  if (!qrcode || !host || !isBaseUrl(host))
    throw new GatewayError('login_failed', { reason: '登录进度无法识别，请重新获取二维码' })
  return { qrcode, host, ...(code !== undefined && { code }) }
}
