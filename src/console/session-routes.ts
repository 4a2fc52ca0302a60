import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Config } from '../config.ts'
import { GatewayError } from '../errors.ts'
import type { FindCaller } from '../http/auth.ts'
import { successSchema } from '../http/envelope.ts'
import type { Mountable } from '../http/route.ts'
import { isPass } from '../pass.ts'
import { type BrowserSessions, SESSION_SECONDS } from './browser-sessions.ts'
import { readCookie, writeCookie } from './cookie.ts'
import { refuseForeignPages, sessionOf } from './identify.ts'
import * as schema from './schema.ts'

/** Tries to sign in, from one address in one minute. */
const TRIES = 20
/** Bytes of what anybody may ask. */
const MAX_BODY = 4096

interface SessionRoutes {
  readonly sessions: BrowserSessions
  readonly findCaller: FindCaller
  readonly config: Config
  readonly version: string
  /** Names of all channels. */
  readonly channels: readonly string[]
}

/** Signing in with a token, and out; the browser keeps a cookie that only we can read, and the token nowhere. */
export function sessionRoutes(deps: SessionRoutes): Mountable {
  const { sessions, findCaller, config, version } = deps
  const channels = [...deps.channels].sort((a) => (a === config.defaultChannel ? -1 : 0))
  const describe = (tokenName: string): schema.Session => ({
    tokenName,
    version,
    channels,
    maxVideoBytes: config.maxVideoBytes,
    maxFileBytes: config.maxFileBytes,
    maxImageBytes: config.maxImageBytes,
  })
  const open = (failure: string) => ({ failure, open: true })
  const reply = { 200: successSchema(schema.session) }

  const mount = async (app: FastifyInstance) => {
    await app.register(rateLimit, { global: false })
    const countTry = app.createRateLimit({ max: TRIES, timeWindow: '1 minute' })
    /** Behind a proxy all share one address: a pass, which nobody guesses, still opens to the owner. */
    const callerBy = async (request: FastifyRequest, token: string) => {
      const passed = isPass(token) ? await findCaller(token) : undefined
      if (passed) return passed
      const limit = await countTry(request)
      if (!limit.isAllowed && limit.isExceeded) {
        const seconds = limit.ttlInSeconds
        throw new GatewayError('too_many_requests', {
          reason: `登录尝试过于频繁，请在 ${seconds} 秒后再试，或用 npx hongyan console 打印的链接登录`,
          retryAfter: seconds,
        })
      }
      return findCaller(token)
    }
    app.post<{ Body: Static<typeof schema.signInRequest> }>(
      '/console/signIn',
      {
        schema: { body: schema.signInRequest, response: reply },
        bodyLimit: MAX_BODY,
        config: open('登录失败'),
      },
      async (request, answer) => {
        refuseForeignPages(request)
        const caller = await callerBy(request, request.body.token.trim())
        if (!caller) {
          throw new GatewayError('token_invalid', {
            title: '登录失败',
            reason: 'token 不正确、已被吊销，或登录链接已过期；可用 npx hongyan token create 新建 token',
          })
        }
        const former = readCookie(request)
        if (former !== undefined) await sessions.end(former)
        const secret = await sessions.begin(caller.tokenId)
        const found = await sessions.find(secret)
        answer.header('set-cookie', writeCookie(request, secret, SESSION_SECONDS))
        return { ret: 200, msg: '操作成功', data: describe(found?.tokenName ?? '') }
      },
    )
    app.post(
      '/console/session',
      { schema: { response: reply }, bodyLimit: MAX_BODY, config: open('未登录') },
      async (request) => ({
        ret: 200,
        msg: '操作成功',
        data: describe((await sessionOf(sessions, request)).tokenName),
      }),
    )
    app.post(
      '/console/signOut',
      {
        schema: { response: { 200: successSchema(undefined) } },
        bodyLimit: MAX_BODY,
        config: open('退出失败'),
      },
      async (request, answer) => {
        refuseForeignPages(request)
        const secret = readCookie(request)
        if (secret !== undefined) await sessions.end(secret)
        answer.header('set-cookie', writeCookie(request, '', 0))
        return { ret: 200, msg: '操作成功' }
      },
    )
  }
  return { mount: (app) => void app.register(mount) }
}
