import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'
import type { Admit } from '../request-pace.ts'
import { cleanName } from './file-name.ts'
import { type Links, pathOfLink } from './links.ts'
import { openPlain, PLAIN_PIECE_BYTES } from './plain.ts'
import { findFileName, findServedBlob } from './queries.ts'
import { readRange } from './range.ts'
import { bytesPass } from './scavenge.ts'
import type { Store } from './store.ts'
import type { Turns } from './turns.ts'

/** Where files are, and how they pass. */
export interface ServedStore extends Store {
  readonly turns: Turns
}

interface DownloadRoutes {
  readonly store: ServedStore
  readonly links: Links
  readonly admit: Admit
}

/** Bytes of strangers on our origin: never sniffed, never a page, no script, nothing embedded but the video itself. */
const hostile = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox",
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, max-age=604800, immutable',
}

const byLink = {
  'cross-origin-resource-policy': 'cross-origin',
  // The sandbox gives a page that is the video itself an origin of its own, which must be let in to play it; who has the
  // link may read the file anyway.
  'access-control-allow-origin': '*',
}

/** `GET /download/…`: sealed bytes, opened on their way out. */
export function serveDownloads(app: FastifyInstance, { store, links, admit }: DownloadRoutes): void {
  // HEAD by hand: Fastify's own would send our stream to nowhere only to count it.
  const method = ['GET', 'HEAD']
  app.route<{ Querystring: { url?: string | string[] } }>({
    method,
    url: '/download',
    handler: (request, reply) => {
      const { url } = request.query
      return answer(request, reply, pathOfLink(typeof url === 'string' ? url : ''))
    },
  })
  app.route<{ Params: { '*': string } }>({
    method,
    url: '/download/*',
    handler: (request, reply) => answer(request, reply, pathOfLink(request.params['*'])),
  })

  async function answer(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    const target = links.read(path)
    if (target === 'expired') return refuse(reply, 410, '下载链接已过期（7 天有效），请重新获取')
    if (target) await admit(target.tokenId)
    const blob = target && (await findServedBlob(store.database, target.tokenId, target.blobKey))
    if (!blob) return refuse(reply, 404, '下载链接无效，或文件已被清理')
    return serveBlob(request, reply.headers(byLink), store, blob)
  }
}

function refuse(reply: FastifyReply, status: number, reason: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${reason}\n`)
}

/** Answers with the plain bytes of a blob, or the range of them that was asked for. */
export async function serveBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  { database, blobs, turns }: ServedStore,
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
  const paced = pacedBy(turns, blob.token_id, part.end - part.start, plain)
  const first = request.method === 'HEAD' ? undefined : await paced.next().catch(gone)
  if (first === 'gone') return refuse(reply, 404, '文件已被清理，请重新发送')
  reply.headers({ ...kept, 'content-length': part.end - part.start })
  if (range !== 'whole')
    reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${blob.length}`)
  if (!first) return reply.send()
  return reply.send(
    Readable.from(beginningWith(first, paced), { objectMode: false, highWaterMark: PLAIN_PIECE_BYTES }),
  )
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

/**
 * Pieces in turn with those of other tokens. A turn is waited for before the piece is read: what lay in memory meanwhile
 * would outlive the collections that are cheap.
 */
async function* pacedBy(
  turns: Turns,
  tokenId: string,
  length: number,
  pieces: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    for (let left = length; left > 0; ) {
      const busy = turns.take(tokenId, Math.min(left, PLAIN_PIECE_BYTES))
      if (busy) await busy
      const piece = await pieces.next()
      if (piece.done) return
      left -= piece.value.length
      bytesPass(piece.value.length)
      yield piece.value
    }
  } finally {
    // The answer ends without waiting for the file to be closed.
    pieces.return(undefined).catch(() => undefined)
  }
}

async function* beginningWith(
  first: IteratorResult<Buffer>,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    for (let piece = first; !piece.done; piece = await rest.next()) yield piece.value
  } finally {
    await rest.return(undefined)
  }
}

function matches(header: string | undefined, etag: string): boolean {
  const named = header?.split(',').map((each) => each.trim().replace(/^W\//, ''))
  return named?.some((each) => each === etag || each === '*') ?? false
}
