import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { GatewayError } from '../errors.ts'
import { namedToken } from '../http/auth.ts'
import { successSchema } from '../http/envelope.ts'
import type { Mountable } from '../http/route.ts'
import { isPass } from '../pass.ts'
import type { Tokens } from './tokens.ts'

interface TokenRoutes {
  readonly tokens: Tokens
  /** Given to a caller that has none; undefined where strangers get nothing. */
  readonly open: string | undefined
}

/** `/tools/getTokenId`: an existing caller gets its token back, a stranger the first one where that is allowed. */
export function tokenRoutes({ tokens, open }: TokenRoutes): readonly Mountable[] {
  const answer = async (request: FastifyRequest) => {
    const named = namedToken(request)
    if (named && (await tokens.find(named))) return named
    // Whoever holds a pass has a token, though nobody can tell it any more; it is not the first one's to give.
    const isStranger = !named || !isPass(named)
    if (open && isStranger && fromThisMachine(request) && (await tokens.find(open))) return open
    throw new GatewayError(named ? 'token_invalid' : 'token_closed', {
      title: named ? 'HTTP HEADER: X-GEWE-TOKEN 不可用或已过期' : '获取token失败',
    })
  }
  return [
    {
      mount(app: FastifyInstance) {
        app.post(
          '/tools/getTokenId',
          {
            schema: {
              tags: ['工具模块'],
              summary: '获取token',
              security: [],
              body: Type.Object({}),
              response: { 200: successSchema(Type.String({ description: 'token' })) },
            },
            config: { failure: '获取token失败', open: true },
          },
          async (request) => ({ ret: 200, msg: '执行成功', data: await answer(request) }),
        )
      },
    },
  ]
}

/**
 * Whether the request was made on this machine by a program: a web page whose host name was made to resolve to
 * loopback carries its own name in Host, a page elsewhere carries Origin, and a proxy says for whom it speaks.
 */
function fromThisMachine({ headers, hostname, ip }: FastifyRequest): boolean {
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded ?? headers['x-real-ip'] ?? headers.via
  const local = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname)
  return (
    local && /^(127\.|::1$|::ffff:127\.)/.test(ip) && headers.origin === undefined && forwarded === undefined
  )
}
