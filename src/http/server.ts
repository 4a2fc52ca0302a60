import { type FastifyInstance, type FastifyReply, type FastifyServerOptions, fastify } from 'fastify'
import { DatabaseError } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { FindCaller } from './auth.ts'
import { readTolerantly } from './body.ts'
import { failure } from './envelope.ts'
import { requestInvalid } from './faults.ts'
import { withoutPrefix } from './prefix.ts'
import { requireToken } from './route.ts'

const seconds = 1000

interface ServerDeps {
  readonly findCaller: FindCaller
  readonly log: Log
}

/** A Fastify that speaks GeWe's envelope; it has no routes yet. */
export function createServer({ findCaller, log }: ServerDeps): FastifyInstance {
  const app = createPlainServer(log, { rewriteUrl: withoutPrefix })
  readTolerantly(app)
  requireToken(app, findCaller)
  return app
}

/** A Fastify with our limits and our words for failures. */
export function createPlainServer(
  log: Log,
  options: Pick<FastifyServerOptions, 'rewriteUrl'> = {},
): FastifyInstance {
  const app = fastify({
    ...options,
    logger: false,
    // A path that cannot be decoded is a path that is not there.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      void reply.code(404).send(routeUnknown(request.method, request.url))
    },
    // A slow sender of headers and body holds a connection, nothing else; a send itself may take as long as its video.
    requestTimeout: 60 * seconds,
    // Longer than the usual proxy's, so that it is never us who close a connection that a request is arriving on.
    keepAliveTimeout: 75 * seconds,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        allErrors: true,
        allowUnionTypes: true,
        keywords: [
          {
            keyword: 'x-maximum',
            type: 'string',
            validate: (most: number, text: string) => !(Number(text) > most),
          },
        ],
      },
    },
  })
  answerFailures(app, log)
  return app
}

/** Failures as HTTP 200 in the envelope on GeWe routes, as plain HTTP on ours. */
function answerFailures(app: FastifyInstance, log: Log): void {
  app.setSchemaErrorFormatter((errors) => requestInvalid(errors))

  app.setErrorHandler((thrown, request, reply) => {
    const error = toGatewayError(thrown)
    const title = request.routeOptions.config.failure
    const facts = { route: request.routeOptions.url, code: error.code, reason: error.reason }
    request.routeOptions.config.observe?.(error.code)
    if (error.cause === undefined) log.info(facts, 'request refused')
    else
      log[error.code === 'internal' ? 'error' : 'warn'](
        { ...facts, cause: causeOf(error.cause) },
        'request failed',
      )
    // The success schema must not shape a failure.
    reply.serializer(JSON.stringify).type('application/json; charset=utf-8')
    return reply.code(title === undefined ? httpStatus(thrown) : 200).send(failure(error, title))
  })

  app.setNotFoundHandler((request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? ''
    const byPost =
      request.method !== 'POST' && app.hasRoute({ method: 'POST', url: request.url.split('?')[0] ?? '' })
    return reply.code(404).send(routeUnknown(request.method, path, byPost))
  })
}

function routeUnknown(method: string, path: string, byPost = false) {
  const reason = byPost
    ? '这个接口请用 POST 调用'
    : `没有 ${method} ${path.slice(0, 200)} 这个接口，请核对请求方法和路径`
  return failure(new GatewayError('route_unknown', { reason }), undefined)
}

function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new GatewayError('body_too_large', { reason: '请求体过大，最多 1 MiB' })
  if (typeof code === 'string' && /^FST_ERR_(CTP|VALIDATION)/.test(code)) {
    return new GatewayError('body_invalid', { cause: thrown })
  }
  if (thrown instanceof DatabaseError)
    return new GatewayError(thrown.fault === 'full' ? 'storage_full' : 'database_failed', { cause: thrown })
  return GatewayError.from(thrown)
}

function httpStatus(thrown: unknown): number {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined
  return typeof status === 'number' && status >= 400 ? status : 500
}

/** What the log may know of a cause: its name, code and words. */
function causeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause ? cause.code : undefined
  return { name: cause.name, code, message: cause.message, stack: cause.stack }
}
