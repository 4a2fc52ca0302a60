import { createHash } from 'node:crypto'
import type { Outbound } from '../outbound/outbound.ts'
import type { KnownSource } from './queries.ts'
import { makeThumbnail, type Thumbnail } from './thumbnail.ts'
import { conditional, type Validators, validatorsOf } from './validators.ts'

/** A thumbnail ready to be sealed. */
export interface ReadyThumb {
  readonly sha256: string
  readonly md5: string
  readonly thumbnail: Thumbnail
  readonly validators: Validators
}

/**
 * Fetches the picture at `url` once and makes the JPEG of it that WeChat wants.
 * @returns undefined when what the URL brought before has not changed
 * @throws {GatewayError} url_*, fetch_*, thumb_invalid
 */
export async function takeThumb(
  { outbound, maxBytes, tokenId }: { outbound: Pick<Outbound, 'get'>; maxBytes: number; tokenId: string },
  url: string,
  known: KnownSource | undefined,
  signal: AbortSignal,
): Promise<ReadyThumb | undefined> {
  const fetched = await outbound.get(url, {
    headers: conditional(known),
    maxBytes,
    signal,
    subject: 'thumbUrl',
  })
  try {
    if (fetched.status === 304) return undefined
    const parts: Buffer[] = []
    for await (const part of fetched.body) parts.push(part)
    return readyThumb(await makeThumbnail(Buffer.concat(parts), tokenId), validatorsOf(fetched))
  } finally {
    fetched.cancel()
  }
}

export function readyThumb(thumbnail: Thumbnail, validators: Validators): ReadyThumb {
  const digest = (algorithm: string) => createHash(algorithm).update(thumbnail.bytes).digest('hex')
  return { sha256: digest('sha256'), md5: digest('md5'), thumbnail, validators }
}
