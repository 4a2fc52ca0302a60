import type { Socket } from 'node:net'
import {
  type ConnectionError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  fastify,
} from 'fastify'
import { DatabaseError, type DatabaseFault } from '../database/database.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Admit } from '../request-pace.ts'
import type { Identify } from './auth.ts'
import { readTolerantly } from './body.ts'
import { failure } from './envelope.ts'
import { requestInvalid } from './faults.ts'
import type { Guest } from './guest.ts'
import { withoutPrefix } from './prefix.ts'
import { requireCaller } from './route.ts'
import { isUnhurried } from './streamed-body.ts'

const seconds = 1000

interface ServerDeps {
  readonly identify: Identify
  readonly admit: Admit
  readonly guests: readonly Guest[]
  readonly log: Log
}

/** A Fastify that speaks GeWe's envelope; it has no routes yet. */
export function createServer({ identify, admit, guests, log }: ServerDeps): FastifyInstance {
  const prefixes = guests.map(({ root }) => `${root}/api` as const)
  const app = createPlainServer(log, { rewriteUrl: withoutPrefix(prefixes) })
  readTolerantly(app)
  requireCaller(app, identify, admit)
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
    // A slow sender of headers and body holds a connection, nothing else; a send itself may take as long as its video,
    // and a file as long as its bytes keep coming.
    requestTimeout: 60 * seconds,
    clientErrorHandler: endUnlessUnhurried,
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

/** What Node asks of whoever listens for the errors of connections: to answer and to close, which we do not for files. */
function endUnlessUnhurried(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUnhurried(socket)) return
  const status = statuses[error.code] ?? '400 Bad Request'
  if (socket.writable && error.code !== 'ECONNRESET')
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  socket.destroy(error)
}

const statuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** Failures as HTTP 200 in the envelope on GeWe routes, as plain HTTP on ours. */
function answerFailures(app: FastifyInstance, log: Log): void {
  app.setSchemaErrorFormatter((errors) => requestInvalid(errors))

  app.setErrorHandler((thrown, request, reply) => {
    const error = toGatewayError(thrown, request.routeOptions.bodyLimit)
    const title = request.routeOptions.config.failure
    const facts = { route: request.routeOptions.url, code: error.code, reason: error.reason }
    request.routeOptions.config.observe?.(error.code)
    if (error.cause === undefined) log.info(facts, 'request refused')
    else
      log[error.code === 'internal' ? 'error' : 'warn'](
        { ...facts, cause: causeOf(error.cause) },
        'request failed',
      )
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
    // The success schema must not shape a failure.
    reply.serializer(JSON.stringify).type('application/json; charset=utf-8')
    return reply.code(title === undefined ? httpStatus(error, thrown) : 200).send(failure(error, title))
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

const databaseCodes: Partial<Record<DatabaseFault, ErrorCode>> = {
  full: 'storage_full',
  io: 'storage_failed',
}

function toGatewayError(thrown: unknown, maxBody: number): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new GatewayError('body_too_large', { reason: `请求体过大，最多 ${words(maxBody)}` })
  if (typeof code === 'string' && /^FST_ERR_(CTP|VALIDATION)/.test(code)) {
    return new GatewayError('body_invalid', { cause: thrown })
  }
  if (thrown instanceof DatabaseError)
    return new GatewayError(databaseCodes[thrown.fault] ?? 'database_failed', { cause: thrown })
  return GatewayError.from(thrown)
}

const words = (bytes: number): string =>
  bytes >= 1024 ** 2 ? `${bytes / 1024 ** 2} MiB` : `${Math.ceil(bytes / 1024)} KiB`

/** For the routes that speak plain HTTP. */
function httpStatus({ code }: GatewayError, thrown: unknown): number {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined
  return httpStatuses[code] ?? (typeof status === 'number' && status >= 400 ? status : 500)
}

const httpStatuses: Partial<Record<ErrorCode, number>> = {
  body_invalid: 400,
  request_invalid: 400,
  token_missing: 401,
  token_invalid: 401,
  media_gone: 404,
  device_unknown: 404,
  body_too_large: 413,
  too_many_requests: 429,
}

/** What the log may know of a cause: its name, code and words. */
function causeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause ? cause.code : undefined
  return { name: cause.name, code, message: cause.message, stack: cause.stack }
}
