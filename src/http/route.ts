import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject, TSchema } from 'typebox'
import { type ErrorCode, GatewayError } from '../errors.ts'
import type { Admit } from '../request-pace.ts'
import type { Caller, Identify } from './auth.ts'
import { OK, successSchema } from './envelope.ts'
import { type Prefix, prefixOf } from './prefix.ts'

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
    observe?: ((code: ErrorCode) => void) | undefined
    /** Answered without a token. */
    open?: boolean
    /** Speaks plain HTTP, to known callers. */
    needsCaller?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** A route with its types forgotten, as it is listed. */
export interface Mountable {
  mount(app: FastifyInstance): void
}

/** Describes one endpoint that needs a token. */
export function route<B extends TObject, D extends TSchema | undefined>(definition: Route<B, D>): Mountable {
  const { url, tag, summary, failure, body, data, msg = OK, observe, handle } = definition
  const schema = { tags: [tag], summary, body, response: { 200: successSchema(data) } }
  return {
    mount(app) {
      app.post(url, { schema, config: { failure, observe } }, async (request, reply) => {
        const result = await handle(request.body as Static<B>, callOf(request, reply))
        return data ? { ret: 200, msg, data: result } : { ret: 200, msg }
      })
    },
  }
}

/** What a handler may know of a request. @throws {GatewayError} token_missing */
export function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  return { caller: callerOf(request), prefix: prefixOf(request.raw), request, isGone: goneOf(reply) }
}

function goneOf(reply: FastifyReply): () => boolean {
  return () => reply.raw.destroyed || (reply.raw.socket?.destroyed ?? true)
}

/** Puts the caller on every request of a route that is not open, and lets it wait its turn, before its body is read. */
export function requireCaller(app: FastifyInstance, identify: Identify, admit: Admit): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { failure, open, needsCaller } = request.routeOptions.config
    if ((failure === undefined && !needsCaller) || open) return
    request.caller = await identify(request)
    await admit(request.caller.tokenId)
  })
}

/** Who asks, on a route that needs to know. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new GatewayError('token_missing')
  return caller
}
