import { GatewayError } from '../../errors.ts'
import type { Exchanged } from '../../outbound/outbound.ts'
import { type Fields, isFields } from './fields.ts'
import { apiHeaders, statusHeaders } from './headers.ts'
import { refused, verdict } from './judge.ts'
import { parseLossless } from './lossless.ts'
import { isConfigured, joinUrl, type Wire } from './wire.ts'

interface Call {
  readonly method?: 'GET' | 'POST'
  readonly base: string | URL
  /** Below the base, such as `sendmessage`, with its query if any. */
  readonly endpoint: string
  readonly token?: string
  readonly body?: object
  readonly timeoutMs: number
  readonly maxAnswerBytes?: number
  readonly signal?: AbortSignal
}

/** Enough for every answer that carries no messages. */
const smallAnswer = 256 * 1024
const subject = '微信 iLink'

/**
 * One call of the API and its answer, whatever it says.
 * @throws {GatewayError} channel_unreachable (`sent` is unknown once something was written), channel_refused for an
 * HTTP status that refuses, fetch_timeout when the answer did not come in time, shutting_down; or the abort reason
 */
export async function ask(wire: Wire, call: Call): Promise<Fields> {
  const { base, method = 'POST' } = call
  const url = joinUrl(base, `ilink/bot/${call.endpoint}`)
  const answer = await wire.outbound
    .exchange(url.href, {
      method,
      headers: method === 'GET' ? statusHeaders(wire.config) : apiHeaders(wire.config, call.token),
      ...(call.body && { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs,
      maxAnswerBytes: call.maxAnswerBytes ?? smallAnswer,
      signal: call.signal,
      subject,
      trusted: isConfigured(wire.config, url),
    })
    .catch((error: unknown) => {
      throw unreachable(error)
    })
  return read(answer)
}

/**
 * One authorized call that has to succeed.
 * @throws {GatewayError} what `ask` and the judgement throw; channel_refused for any other fault
 */
export async function command(wire: Wire, call: Call): Promise<Fields> {
  const answer = await ask(wire, call).catch((error: unknown) => {
    throw harmless(error)
  })
  const judged = verdict(call.endpoint, answer)
  if (judged.ret !== 0) throw refused(judged)
  return answer
}

/** What a call fails with when it sends no message: an answer that got lost does no harm, and another try may help. */
export function harmless(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error
  if (error.code === 'fetch_timeout' || error.code === 'channel_refused')
    return new GatewayError('channel_unreachable', { reason: error.reason, cause: error })
  if (error.sent === 'no') return error
  return new GatewayError(error.code, { reason: error.reason, retryable: error.retryable, cause: error })
}

function unreachable(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.code === 'shutting_down' || error.code === 'fetch_timeout')
    return error
  // An address that is not allowed stays so.
  const retryable = !error.code.startsWith('url_')
  return new GatewayError('channel_unreachable', {
    reason: error.reason,
    sent: error.sent,
    retryable,
    cause: error,
  })
}

function read({ status, body }: Exchanged): Fields {
  if (status < 200 || status >= 500)
    throw new GatewayError('channel_unreachable', {
      reason: `${subject} 的服务器返回了 HTTP ${status}，请稍后重试`,
      sent: 'unknown',
    })
  if (status >= 300)
    throw new GatewayError('channel_refused', {
      reason: `${subject} 的服务器以 HTTP ${status} 拒绝了请求，请检查 iLink 的地址设置和版本设置`,
    })
  const answer = parsed(body.toString('utf8'))
  if (answer) return answer
  throw new GatewayError('channel_unreachable', {
    reason: `${subject} 的服务器返回的不是 JSON 对象，请检查 iLink 的地址设置（中间可能有代理），或稍后重试`,
    sent: 'unknown',
  })
}

function parsed(text: string): Fields | undefined {
  try {
    const value = parseLossless(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}
