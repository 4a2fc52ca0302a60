import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Where the build puts the pages. */
const folder = fileURLToPath(new URL('../../dist/web/', import.meta.url))

/** Nothing but our own files, no script in the page itself, no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  // The page names its files by their hashes: it alone is asked for anew.
  'cache-control': 'no-cache',
}

const assetHeaders = {
  'cache-control': 'public, max-age=31536000, immutable',
  'x-content-type-options': 'nosniff',
}

/** `GET /console` and all that its pages call addresses of their own; their files live as long as browsers like. */
export function servePages(app: FastifyInstance): void {
  if (!existsSync(folder)) {
    const missing = (_request: unknown, reply: FastifyReply) =>
      reply.code(404).type('text/plain; charset=utf-8').send('控制台页面没有构建，请运行 npm run build\n')
    app.get('/console', missing)
    return
  }
  app.register(serveStatic, {
    root: folder,
    prefix: '/console/',
    index: false,
    // Each file becomes a route, so that any other path is a page.
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      reply.headers(/\.html(\.\w+)?$/.test(path) ? pageHeaders : assetHeaders)
    },
  })
  const page = (_request: unknown, reply: FastifyReply) => reply.sendFile('index.html')
  // A file of another version is not there, rather than a page in its place.
  app.get('/console/assets/*', (_request, reply) => reply.callNotFound())
  app.get('/console', page)
  app.get('/console/*', page)
}
