import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'
import { cleanName } from './file-name.ts'
import type { Links } from './links.ts'
import { openPlain } from './plain.ts'
import { findFileName, findServedBlob } from './queries.ts'
import { readRange } from './range.ts'
import type { Store } from './store.ts'

interface DownloadRoutes {
  readonly store: Store
  readonly links: Links
}

/** Bytes of strangers on our origin: never sniffed, never a page, no script, nothing embedded but the video itself. */
const hostile = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  // The sandbox gives a page that is the video itself an origin of its own, which must be let in to play it; who has the
  // link may read the file anyway.
  'access-control-allow-origin': '*',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, max-age=604800, immutable',
}

/** `GET /download/…`: sealed bytes, opened on their way out. */
export function serveDownloads(app: FastifyInstance, { store, links }: DownloadRoutes): void {
  // HEAD by hand: Fastify's own would send our stream to nowhere only to count it.
  const method = ['GET', 'HEAD']
  app.route<{ Querystring: { url?: string | string[] } }>({
    method,
    url: '/download',
    handler: (request, reply) => {
      const { url } = request.query
      return answer(request, reply, pathOf(typeof url === 'string' ? url : ''))
    },
  })
  app.route<{ Params: { '*': string } }>({
    method,
    url: '/download/*',
    handler: (request, reply) => answer(request, reply, pathOf(request.params['*'])),
  })

  async function answer(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    const target = links.read(path)
    if (target === 'expired') return refuse(reply, 410, '下载链接已过期（7 天有效），请重新获取')
    const blob = target && (await findServedBlob(store.database, target.tokenId, target.blobKey))
    if (!blob) return refuse(reply, 404, '下载链接无效，或文件已被清理')
    return serve(request, reply, store, blob)
  }
}

/** Old clients join base and link in their own ways: slashes doubled, `/download` in front once more (contract 2.5). */
function pathOf(path: string): string {
  return path.replace(/^\/*(download\/+)*/, '').replace(/\/{2,}/g, '/')
}

function refuse(reply: FastifyReply, status: number, reason: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${reason}\n`)
}

async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  { database, blobs }: Store,
  blob: Row<'blobs'>,
): Promise<FastifyReply> {
  const etag = `"${blob.sha256.slice(0, 32)}"`
  const kept = {
    ...hostile,
    etag,
    'accept-ranges': 'bytes',
    'content-type': blob.mime,
    ...(blob.kind === 'file' ? { 'content-disposition': await attachment(database, blob) } : {}),
  }
  if (matches(request.headers['if-none-match'], etag)) {
    return reply.headers(kept).code(304).send()
  }

  const ifRange = request.headers['if-range']
  const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
  const range = readRange(asked, blob.length)
  if (range === 'none') {
    return refuse(reply.header('content-range', `bytes */${blob.length}`), 416, '请求的范围超出文件')
  }
  const part = range === 'whole' ? { start: 0, end: blob.length } : range
  // Opened before the head goes out, so that a blob that is not there is an error and not a torn download, and no
  // cache is told to keep the error.
  const plain = openPlain(blobs, { key: blob.blob_key, aesKey: blob.aes_key }, part)
  const first = request.method === 'HEAD' ? undefined : await plain.next().catch(gone)
  if (first === 'gone') return refuse(reply, 404, '文件已被清理，请重新发送')
  reply.headers({ ...kept, 'content-length': part.end - part.start })
  if (range !== 'whole')
    reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${blob.length}`)
  if (!first) return reply.send()
  return reply.send(Readable.from(resume(first, plain), { objectMode: false, highWaterMark: 256 * 1024 }))
}

/** A file keeps its name, and is saved rather than shown (RFC 6266, RFC 8187). */
async function attachment(database: Database, blob: Row<'blobs'>): Promise<string> {
  const name = await findFileName(database, blob.token_id, blob.blob_key)
  // Cleaned once more: what cannot be encoded would fail the download.
  const coded = encodeURIComponent(cleanName(name ?? `file.${blob.extension}`)).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename*=UTF-8''${coded}`
}

function gone(error: unknown): 'gone' {
  if (error instanceof GatewayError && error.code === 'media_gone') return 'gone'
  throw error
}

async function* resume(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done) return
  try {
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

function matches(header: string | undefined, etag: string): boolean {
  const named = header?.split(',').map((each) => each.trim().replace(/^W\//, ''))
  return named?.some((each) => each === etag || each === '*') ?? false
}
