import { GatewayError } from '../../errors.ts'
import type { OutgoingFile, SealedFile } from '../channel.ts'
import { deliver } from './cdn-post.ts'
import type { Account } from './credentials.ts'
import { type Reference, type Uploaded, writeReference } from './reference.ts'
import { requestTarget, sealedSize } from './upload-target.ts'
import type { Wire } from './wire.ts'

interface Way {
  readonly wire: Wire
  readonly account: Account
  readonly toWxid: string
  readonly signal: AbortSignal
}

/** Moves a file and its thumbnail to the CDN (sheet 7). See `RemoteChannel.upload`. */
export async function upload(way: Way, { kind, body, thumb }: OutgoingFile): Promise<string> {
  // One permission declares one key, so a thumbnail under another key goes its own way.
  const companion = kind !== 'file' && thumb?.aesKey === body.aesKey ? thumb : undefined
  const request = () =>
    requestTarget(
      way.wire,
      way.account,
      { toWxid: way.toWxid, type: kind, file: body, thumb: companion },
      way.signal,
    )
  let target = await request()
  const d = await deliver(way.wire, body, way.signal, async (fresh) => {
    if (fresh) target = await request()
    return target.url
  })
  const reference: Reference = {
    ...uploaded(body, d),
    thumb: thumb && kind !== 'file' ? await uploadThumb(way, thumb, target.thumbUrl) : undefined,
  }
  return writeReference(reference)
}

/**
 * Nothing documents which of two ways a thumbnail takes (sheet 7.7): with the file's own permission, where the answer
 * has an address for it, or as a picture of its own. A message without its thumbnail is better than none.
 */
async function uploadThumb(
  way: Way,
  thumb: NonNullable<OutgoingFile['thumb']>,
  address: string | undefined,
): Promise<Reference['thumb']> {
  const ways = address === undefined ? [asPicture] : [() => Promise.resolve(address), asPicture]
  for (const addressFor of ways) {
    try {
      const url = await addressFor(way, thumb)
      const d = await deliver(way.wire, thumb, way.signal, () => Promise.resolve(url))
      return { ...uploaded(thumb, d), width: thumb.width, height: thumb.height }
    } catch (error) {
      way.signal.throwIfAborted()
      const { code, reason } = GatewayError.from(error)
      if (code === 'shutting_down') throw error
      way.wire.log.warn({ code, reason }, 'ilink: a thumbnail was not uploaded')
    }
  }
  return undefined
}

async function asPicture({ wire, account, toWxid, signal }: Way, thumb: SealedFile): Promise<string> {
  const wanted = { toWxid, type: 'image', file: thumb, thumb: undefined } as const
  return (await requestTarget(wire, account, wanted, signal)).url
}

function uploaded(file: SealedFile, d: string): Uploaded {
  return { d, aesKey: file.aesKey, size: sealedSize(file.length) }
}
