import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../errors.ts'
import type { SealedFile } from '../channel.ts'
import { harmless } from './call.ts'
import { sealedSize } from './upload-target.ts'
import { isConfigured, type Wire } from './wire.ts'
import { serverWords } from './words.ts'

/** As the official client (sheet 7.4). */
const tries = 3
const pauseMs = 200
/** A line that brings less than this is given up; users report 10 KB/s and more (sheet 11), bytes per second. */
const slowestRate = 8 * 1024
const baseTimeoutMs = 60_000
const maxTimeoutMs = 24 * 3600 * 1000
/** No byte moved for so long, milliseconds. */
const idleMs = 30_000
const maxAnswerBytes = 16 * 1024
const maxParam = 8192
const subject = '微信 CDN'

type Outcome =
  | { readonly kind: 'stored'; readonly param: string }
  /** Refused: the server means it, the same bytes to the same address will not do. */
  | { readonly kind: 'refused' | 'broken'; readonly reason: string; readonly retryable: boolean }

/**
 * Moves sealed bytes to the CDN (sheet 7.4); each try reads them from the start. The last try asks for a fresh
 * address. A refusal ends it at once, unless the try before may have used the address up.
 * @returns the download parameter
 * @throws {GatewayError} upload_failed, shutting_down; what `addressFor` or the file throws; or the abort reason
 */
export async function deliver(
  wire: Wire,
  file: SealedFile,
  signal: AbortSignal,
  addressFor: (fresh: boolean) => Promise<string>,
): Promise<string> {
  let refused: { readonly url: string; readonly fault: GatewayError } | undefined
  for (let attempt = 1; ; attempt += 1) {
    const url = await addressFor(attempt === tries)
    if (refused?.url === url) throw refused.fault
    const outcome = await postOnce(wire, url, file, signal)
    if (outcome.kind === 'stored') return outcome.param
    const { kind, reason, retryable } = outcome
    const fault = new GatewayError('upload_failed', { reason, retryable })
    if (attempt === tries || (kind === 'refused' && attempt === 1)) throw fault
    if (kind === 'refused') refused = { url, fault }
    wire.log.debug({ attempt, reason }, 'ilink: an upload failed and is tried again')
    await sleep(pauseMs * attempt, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function postOnce(wire: Wire, url: string, file: SealedFile, signal: AbortSignal): Promise<Outcome> {
  const length = sealedSize(file.length)
  try {
    const { status, headers, body } = await wire.outbound.exchange(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: { pieces: file.pieces(), length },
      timeoutMs: Math.min(baseTimeoutMs + Math.ceil((length / slowestRate) * 1000), maxTimeoutMs),
      idleMs,
      maxAnswerBytes,
      headersSuffice: true,
      signal,
      subject,
      trusted: URL.canParse(url) && isConfigured(wire.config, url),
    })
    const param = headers['x-encrypted-param']?.trim()
    if (status === 200 && param && param.length <= maxParam) return { kind: 'stored', param }
    const said = serverWords(headers['x-error-message'] ?? body.toString('utf8', 0, 1000))
    const words = said ? `：${said}` : ''
    if (status >= 400 && status < 500)
      return {
        kind: 'refused',
        reason: `${subject} 以 HTTP ${status} 拒绝了文件${words}，请重新发送`,
        retryable: true,
      }
    const what = status === 200 ? '没有给出下载参数' : `返回了 HTTP ${status}${words}`
    return { kind: 'broken', reason: `${subject} ${what}，请稍后重新发送`, retryable: true }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof GatewayError)) throw error
    const { code, reason } = error
    if (code.startsWith('url_')) return { kind: 'refused', reason, retryable: false }
    if (code.startsWith('fetch_')) return { kind: 'broken', reason, retryable: true }
    throw harmless(error)
  }
}
