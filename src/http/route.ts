import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject, TSchema } from 'typebox'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { authenticate, type Caller, type FindCaller } from './auth.ts'
import { OK, successSchema } from './envelope.ts'

/** Where the same routes are mounted; clients of different ages use different ones (contract 1.1). */
export const prefixes = ['', '/v2/api', '/gewe/v2/api'] as const
export type Prefix = (typeof prefixes)[number]

/** What a handler knows of the call besides its body. */
export interface Call {
  readonly caller: Caller
  readonly prefix: Prefix
  readonly request: FastifyRequest
  /** Whether the caller has hung up. */
  readonly isGone: () => boolean
}

/** One GeWe endpoint. */
export interface Route<B extends TObject, D extends TSchema | undefined> {
  readonly url: `/${string}`
  readonly tag: string
  readonly summary: string
  /** Words of a failure: "发送视频失败". */
  readonly failure: string
  readonly body: B
  /** Shape of `data`; undefined for a reply without. */
  readonly data: D
  /** `msg` of a success. */
  readonly msg?: string
  /** Told of every failure, for metrics. */
  readonly observe?: (code: ErrorCode) => void
  readonly handle: (body: Static<B>, call: Call) => Promise<D extends TSchema ? Static<D> : void>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's words for its failure. */
    failure?: string
    prefix?: Prefix
    observe?: ((code: ErrorCode) => void) | undefined
    /** Answered without a token. */
    open?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** A route with its types forgotten, as it is listed. */
export interface Mountable {
  mount(app: FastifyInstance, prefix: Prefix): void
}

/** Describes one endpoint that needs a token. */
export function route<B extends TObject, D extends TSchema | undefined>(definition: Route<B, D>): Mountable {
  const { url, tag, summary, failure, body, data, msg = OK, observe, handle } = definition
  const schema = { tags: [tag], summary, body, response: { 200: successSchema(data) }, hide: false }
  return {
    mount(app, prefix) {
      app.post(
        `${prefix}${url}`,
        { schema: { ...schema, hide: prefix !== '' }, config: { failure, prefix, observe } },
        async (request, reply) => {
          const { caller } = request
          if (!caller) throw new GatewayError('token_missing')
          const result = await handle(request.body as Static<B>, {
            caller,
            prefix,
            request,
            isGone: goneOf(reply),
          })
          return data ? { ret: 200, msg, data: result } : { ret: 200, msg }
        },
      )
    },
  }
}

function goneOf(reply: FastifyReply): () => boolean {
  return () => reply.raw.destroyed || (reply.raw.socket?.destroyed ?? true)
}

/** Puts the caller on every request of a route that is not open, before its body is read. */
export function requireToken(app: FastifyInstance, findCaller: FindCaller): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { failure, open } = request.routeOptions.config
    if (failure !== undefined && !open) request.caller = await authenticate(findCaller, request)
  })
}
