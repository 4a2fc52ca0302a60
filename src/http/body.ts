import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../errors.ts'

/** Largest request body, bytes: the longest XML many times over. */
export const MAX_BODY = 1024 * 1024

/**
 * Reads a JSON object out of whatever clients send: with any content type or none, a BOM, nothing at all (contract 1.2).
 */
export function readTolerantly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'ignore')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('*', { parseAs: 'string', bodyLimit: MAX_BODY }, (request, body, done) => {
    const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body
    if (text.trim() === '') return done(null, {})
    return parseJson(request, text, (error: Error | null, value?: unknown) => {
      if (error) return done(new GatewayError('body_invalid', { cause: error }))
      if (typeof value !== 'object' || Array.isArray(value)) return done(new GatewayError('body_invalid'))
      return done(null, value ?? {})
    })
  })
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {}
    done()
  })
}
