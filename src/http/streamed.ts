import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { OK, successSchema } from './envelope.ts'
import { type Call, callOf, type Mountable } from './route.ts'
import { linger, readStreamed, refuseTooLarge } from './streamed-body.ts'

/** An endpoint whose body is a file's bytes, of any content type, and is read as it comes. */
export interface StreamedRoute<Q extends TObject, D extends TSchema> {
  readonly url: `/${string}`
  readonly tag: string
  readonly summary: string
  readonly failure: string
  readonly query: Q
  readonly data: D
  readonly maxBytes: number
  readonly handle: (
    upload: {
      readonly query: Static<Q>
      /** May be read once. */
      readonly body: AsyncIterable<Buffer>
    },
    call: Call,
  ) => Promise<Static<D>>
}

/** Describes an endpoint that takes a file and needs a token; everything else is as with `route`. */
export function streamedRoute<Q extends TObject, D extends TSchema>(
  definition: StreamedRoute<Q, D>,
): Mountable {
  const { url, tag, summary, failure, query, data, maxBytes, handle } = definition
  const schema = {
    tags: [tag],
    summary,
    querystring: query,
    // Fastify calls every body application/json here, so that this describes and checks nothing.
    body: { content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } } },
    response: { 200: successSchema(data) },
  }
  return {
    mount(app) {
      // A scope of its own, because parsers belong to one; what fails in it fails the start of the server.
      void app.register(async (scope) => {
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
        scope.post(url, { schema, config: { failure } }, async (request, reply) => {
          const body = readStreamed(request.raw, maxBytes)
          try {
            refuseTooLarge(request.raw, maxBytes)
            const upload = { query: request.query as Static<Q>, body }
            return { ret: 200, msg: OK, data: await handle(upload, callOf(request, reply)) }
          } catch (error) {
            linger(request, reply)
            throw error
          } finally {
            // Whoever fails before the first piece leaves it half read, with its timer.
            await body.return(undefined)
          }
        })
      })
    },
  }
}
