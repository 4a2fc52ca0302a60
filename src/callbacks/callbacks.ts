import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import { GatewayError, systemCode } from '../errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { callbackOf, saveCallback } from './queries.ts'

const SUBJECT = 'callbackUrl'
/** Some clients open their port only a moment after they ask for the callback (contract 3.5). */
const REFUSED_PAUSES_MS = [500, 1000, 1500, 2000]

interface CallbacksOptions {
  readonly database: Database
  readonly outbound: Pick<Outbound, 'check' | 'post'>
  /** For the test POST, milliseconds. */
  readonly timeoutMs: number
  /** The pauses before a refused connection is tried again, milliseconds. */
  readonly refusedPausesMs?: readonly number[]
  readonly now?: () => number
}

export interface Callbacks {
  /**
   * Sends the test POST and, when any HTTP answer came, makes `url` the token's one callback.
   * @param token as the caller spelled it; the test body repeats it
   * @throws {GatewayError} url_invalid; callback_unreachable, whose title ends in the words clients look for
   */
  setCallback(tokenId: string, token: string, url: string): Promise<void>
  /** The token's callback URL. */
  callbackOf(tokenId: string): Promise<string | undefined>
}

/** Where each token's events go. */
export function createCallbacks(options: CallbacksOptions): Callbacks {
  const { database, outbound, timeoutMs, now = Date.now } = options
  const { refusedPausesMs = REFUSED_PAUSES_MS } = options

  const test = async (url: string, token: string) => {
    const body = JSON.stringify({ testMsg: '回调地址链接成功！', token })
    const headers = { 'content-type': 'application/json' }
    const send = () => outbound.post(url, { headers, body, timeoutMs, subject: SUBJECT })
    for (const pauseMs of refusedPausesMs) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof GatewayError) || systemCode(error.cause) !== 'ECONNREFUSED') throw error
        await pause(pauseMs)
      }
    }
    return send()
  }

  return {
    async setCallback(tokenId, token, url) {
      try {
        outbound.check(url, SUBJECT)
        await test(url, token)
      } catch (error) {
        throw unreachable(url, error)
      }
      await saveCallback(database, tokenId, url, now())
    },
    callbackOf: (tokenId) => callbackOf(database, tokenId),
  }
}

/** Keeps why; says it in the words that clients of the original know. */
function unreachable(url: string, error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error
  if (error.code === 'url_invalid' || error.code === 'shutting_down') return error
  return new GatewayError('callback_unreachable', {
    title: `${withoutSecrets(url)} push msg err`,
    reason: `${error.reason}。设置回调时网关会先向该地址发一次测试请求，任何 HTTP 应答都算成功`,
    cause: error,
  })
}

/** Origin and path: the query of a callback URL is where receivers put their passwords. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
