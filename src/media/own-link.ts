import type { BlobKind } from '../database/tables-media.ts'
import { GatewayError } from '../errors.ts'
import { tooLarge } from '../outbound/body.ts'
import type { Fetched, GetOptions, Outbound } from '../outbound/outbound.ts'
import { type Links, type LinkTarget, pathOfLink } from './links.ts'
import { openPlain } from './plain.ts'
import { findServedBlob, type KnownSource } from './queries.ts'
import type { BlobRow, Store } from './store.ts'

export interface OwnLinks extends Store {
  readonly links: Links
}

/**
 * `get` of an `outbound` that reads a link of this gateway from the store, whatever host it names: nothing is asked of
 * the network for it. Who has the link may read the file, whosever it is.
 */
export function readingOwn(own: OwnLinks, outbound: Pick<Outbound, 'get'>): Outbound['get'] {
  return async (url, options) => {
    const target = targetOf(own.links, url, options.subject)
    return target ? open(own, target, options) : outbound.get(url, options)
  }
}

/**
 * What a link of this gateway names, where it is the token's own and of this kind already: then no byte has to move.
 * @throws {GatewayError} url_invalid for an expired link, media_gone
 */
export async function findOwn(
  own: OwnLinks,
  tokenId: string,
  kind: BlobKind,
  { url, subject }: { readonly url: string; readonly subject: string },
): Promise<KnownSource | undefined> {
  const target = targetOf(own.links, url, subject)
  if (target?.tokenId !== tokenId) return undefined
  const blob = await find(own, target, subject)
  return blob.kind === kind ? { etag: null, lastModified: null, checkedAt: 0, blob } : undefined
}

function targetOf(links: Links, url: string, subject: string): LinkTarget | undefined {
  const target = links.read(pathOfLink(url))
  if (target !== 'expired') return target
  throw new GatewayError('url_invalid', {
    reason: `${subject} 是本网关的下载链接，已过期（7 天有效），请重新获取或重新上传`,
  })
}

async function find({ database }: Store, target: LinkTarget, subject: string): Promise<BlobRow> {
  const blob = await findServedBlob(database, target.tokenId, target.blobKey)
  if (blob) return blob
  throw new GatewayError('media_gone', {
    reason: `${subject} 是本网关的下载链接，但文件已被清理，请重新上传`,
  })
}

async function open(
  own: OwnLinks,
  target: LinkTarget,
  { subject, maxBytes, signal }: GetOptions,
): Promise<Fetched> {
  const blob = await find(own, target, subject)
  const { length, mime } = blob
  if (length > maxBytes) throw tooLarge(subject, maxBytes)
  const whole = { start: 0, end: length }
  const plain = openPlain(own.blobs, { key: blob.blob_key, aesKey: blob.aes_key }, whole)
  return {
    status: 200,
    etag: undefined,
    lastModified: undefined,
    contentType: mime,
    length,
    body: untilAborted(plain, signal),
    cancel: () => void plain.return(undefined).catch(() => undefined),
  }
}

async function* untilAborted(plain: AsyncGenerator<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const piece of plain) {
    signal.throwIfAborted()
    yield piece
  }
}
