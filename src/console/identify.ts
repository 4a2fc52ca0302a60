import type { FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import type { BrowserSessions, FoundSession } from './browser-sessions.ts'
import { readCookie } from './cookie.ts'

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * The session that the request's cookie opens, asked for by a page of our own.
 * @throws {GatewayError} token_missing for no session, or one that is over
 */
export async function sessionOf(sessions: BrowserSessions, request: FastifyRequest): Promise<FoundSession> {
  refuseForeignPages(request)
  const secret = readCookie(request)
  const session = secret === undefined ? undefined : await sessions.find(secret)
  if (session) return session
  throw new GatewayError('token_missing', {
    title: '未登录',
    reason: '控制台登录已过期，请重新登录；程序请在请求头 X-GEWE-TOKEN 中填写 token',
  })
}

/**
 * Refuses what a page from elsewhere makes a browser send along with our cookie: another site is kept out by SameSite,
 * but another port of the same host is the same site. No page from elsewhere can set a header of its own invention
 * without asking first, and we answer no such question.
 * @throws {GatewayError} token_missing
 */
export function refuseForeignPages({ method, headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const ownPage = site === undefined || site === 'same-origin' || (site === 'none' && safe.has(method))
  const ownHeader = safe.has(method) || headers['x-hongyan-console'] !== undefined
  if (ownPage && ownHeader) return
  throw new GatewayError('token_missing', {
    title: '请求被拒绝',
    reason: '这个请求不是从控制台页面发出的；程序请在请求头 X-GEWE-TOKEN 中填写 token',
  })
}
