import type { Config } from '../config.ts'
import type { Statement } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Fetched, Outbound } from '../outbound/outbound.ts'
import { carryOut } from './carry-out.ts'
import type { Digests } from './digests.ts'
import { cleanName } from './file-name.ts'
import { judgeFile } from './file-type.ts'
import { Flights } from './flights.ts'
import { createStarts } from './gate.ts'
import { takeBody } from './intake-body.ts'
import type { Media } from './media.ts'
import { type FileType, sniffPicture, takePicture } from './picture.ts'
import type { Arrived } from './plan.ts'
import { planFile, type ReadyFile } from './plan-file.ts'
import { findSource } from './queries.ts'
import { sniff } from './sniff.ts'
import { StagedBody } from './staged-body.ts'
import { isKnownBlob, type Store, urlHash } from './store.ts'

export interface FileRequest {
  readonly tokenId: string
  readonly kind: 'image' | 'file'
  readonly url: string
  /** Of a file, as its receiver shall see it. */
  readonly name: string
}

export interface FileIngestDeps extends Store {
  readonly outbound: Outbound
  readonly digests: Digests
  readonly config: Pick<Config, 'maxImageBytes' | 'maxFileBytes'>
  readonly log: Log
}

/**
 * Brings a picture or a file in by one GET, and gives `use` the media with the rows that are still missing, to be put
 * into the unit of the message. When anything fails nothing stays. Throws GatewayError url_*, fetch_*, image_invalid,
 * storage_*, or what `use` throws.
 */
export type IngestFile = <T>(
  request: FileRequest,
  use: (media: Media, statements: readonly Statement[]) => Promise<T>,
) => Promise<T>

export function createFileIngest(deps: FileIngestDeps): IngestFile {
  const { database, blobs, outbound, digests, config, log } = deps
  const start = createStarts()
  const flights = new Flights<Arrived<ReadyFile> & { tokenId: string }>(async ({ tokenId, fresh }) => {
    await fresh?.body
      .dispose((key) => isKnownBlob(deps, tokenId, key))
      .catch((error: unknown) => log.warn({ err: error }, 'staged bytes were not taken back'))
  })

  const fetch = async ({ tokenId, kind, url, name }: FileRequest, signal: AbortSignal) => {
    const hash = urlHash(url)
    const known = await findSource(database, tokenId, kind, hash)
    const maxBytes = kind === 'image' ? config.maxImageBytes : config.maxFileBytes
    const subject = kind === 'image' ? 'imgUrl' : 'fileUrl'
    const judge = kind === 'image' ? judgePicture : (head: Buffer) => judgeFile(head, name)
    const take = () =>
      takeBody({ outbound, blobs, digests, maxBytes }, { url, subject, known, signal, judge })
    const taken = await start(take)
    if (!taken) return { tokenId, urlHash: hash, known, fresh: undefined }
    const body = new StagedBody(blobs, taken.facts)
    try {
      const picture = kind === 'image' ? await takePicture(body.plain) : undefined
      return { tokenId, urlHash: hash, known, fresh: { body, type: taken.judged, picture } }
    } catch (error) {
      await body.dispose(() => Promise.resolve(false))
      throw error
    }
  }

  return async (asked, use) => {
    const request = { ...asked, name: asked.kind === 'file' ? cleanName(asked.name) : '' }
    const { tokenId, kind, url, name } = request
    // A file's type may come from its name, so that only sends under one name share a fetch.
    const lease = flights.join(JSON.stringify([tokenId, kind, name, url]), (signal) => fetch(request, signal))
    try {
      const file = await lease.result
      const plan = () => planFile(deps, { tokenId, kind, name, file })
      return await carryOut(await plan(), plan, file.fresh?.body, use)
    } finally {
      await lease.release()
    }
  }
}

async function judgePicture(head: Buffer, { contentType }: Fetched): Promise<FileType> {
  const type = await sniffPicture(head)
  if (type) return type
  const found = (await sniff(head))?.mime ?? contentType?.slice(0, 80)
  throw new GatewayError('image_invalid', {
    reason: `imgUrl 返回的内容不是可以发送的图片${found ? `（${found}）` : ''}，请使用 JPEG、PNG、GIF 或 WebP 图片的链接`,
  })
}
