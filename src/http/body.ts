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
    // What is wrong with a request to nowhere is where it went.
    if (request.is404) return done(null, {})
    const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body
    if (text.trim() === '') return done(null, {})
    // No database holds a NUL, and no name of WeChat's has one.
    if (/\0|\\u0000/.test(text))
      return done(new GatewayError('body_invalid', { reason: '请求体含有 NUL 字符（\\u0000），请删除' }))
    return parseJson(request, text, (error: Error | null, value?: unknown) => {
      if (error) return done(new GatewayError('body_invalid', { cause: error }))
      if (typeof value !== 'object' || Array.isArray(value)) return done(new GatewayError('body_invalid'))
      return done(null, value ?? {})
    })
  })
  // The body is read as JSON whatever it is called; a malformed name must not keep Fastify from reading it.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.raw.headers['content-type'] !== undefined)
      request.raw.headers['content-type'] = 'application/json'
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {}
    done()
  })
}
