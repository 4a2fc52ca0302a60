import { GatewayError } from '../../errors.ts'
import type { Credentials } from '../channel.ts'
import { fieldsOfJson, textOf } from './fields.ts'
import { isBaseUrl } from './wire.ts'

/** What a confirmed login gives (sheet 3.2). */
export interface Account {
  readonly token: string
  readonly baseUrl: string
  readonly botId: string
  /** Who scanned; empty where the network did not say. */
  readonly userId: string
}

export function writeCredentials({ token, baseUrl, botId, userId }: Account): Credentials {
  return JSON.stringify({ token, baseUrl, botId, userId })
}

/** @throws {GatewayError} session_dead for what this driver did not write */
export function readCredentials(credentials: Credentials): Account {
  const account = accountOf(credentials)
  if (account) return account
  throw new GatewayError('session_dead', {
    reason: '保存的微信登录信息无法使用，请用 /login/getLoginQrCode 重新扫码登录',
  })
}

/** The same without an error: what cannot be read is nothing. */
export function accountOf(credentials: Credentials): Account | undefined {
  const fields = fieldsOfJson(credentials)
  const token = textOf(fields.token)
  const baseUrl = textOf(fields.baseUrl)
  const botId = textOf(fields.botId)
  if (!token || !isToken(token) || !baseUrl || !isBaseUrl(baseUrl) || !botId) return undefined
  return { token, baseUrl, botId, userId: textOf(fields.userId) ?? '' }
}

/** Whether a token can stand in a header. */
export function isToken(token: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(token)
}
