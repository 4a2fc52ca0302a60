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
import type { Intakes } from './intakes.ts'
import type { Links } from './links.ts'
import type { Media } from './media.ts'
import type { Meter } from './meter.ts'
import { findOwn, readingOwn } from './own-link.ts'
import { type FileType, sniffPicture, takePicture } from './picture.ts'
import type { Arrived } from './plan.ts'
import { planFile, type ReadyFile } from './plan-file.ts'
import { type Progress, unlessAborted, unwatched } from './progress.ts'
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
  readonly intakes: Intakes
  readonly links: Links
  readonly digests: Digests
  readonly config: Pick<Config, 'maxImageBytes' | 'maxFileBytes'>
  readonly log: Log
}

/**
 * Brings a picture or a file in by one GET or, where it is a link of this gateway, out of the store, and gives `use` the
 * media with the rows that are still missing, to be put into the unit of the message. When anything fails nothing stays.
 * Throws GatewayError url_*, fetch_*, too_many_requests, media_gone, image_invalid, storage_*, send_cancelled, or what `use` throws.
 */
export type IngestFile = <T>(
  request: FileRequest,
  use: (media: Media, statements: readonly Statement[]) => Promise<T>,
  progress?: Progress,
) => Promise<T>

export function createFileIngest(deps: FileIngestDeps): IngestFile {
  const { database, blobs, config, log } = deps
  const outbound = { get: readingOwn(deps, deps.outbound) }
  const start = createStarts()
  const flights = new Flights<Arrived<ReadyFile> & { tokenId: string }>(async ({ tokenId, fresh }) => {
    await fresh?.body
      .dispose((key) => isKnownBlob(deps, tokenId, key))
      .catch((error: unknown) => log.warn({ err: error }, 'staged bytes were not taken back'))
  })

  const fetch = async ({ tokenId, kind, url, name }: FileRequest, signal: AbortSignal, meter: Meter) => {
    const hash = urlHash(url)
    const subject = kind === 'image' ? 'imgUrl' : 'fileUrl'
    const own = await findOwn(deps, tokenId, kind, { url, subject })
    if (own) return { tokenId, urlHash: hash, known: own, fresh: undefined }
    const known = await findSource(database, tokenId, kind, hash)
    const maxBytes = kind === 'image' ? config.maxImageBytes : config.maxFileBytes
    const judge = kind === 'image' ? judgePicture : (head: Buffer) => judgeFile(head, name)
    const take = () =>
      takeBody({ ...deps, outbound, tokenId, maxBytes }, { url, subject, known, signal, meter, judge })
    const taken = await start(tokenId, take)
    if (!taken) return { tokenId, urlHash: hash, known, fresh: undefined }
    const body = new StagedBody(blobs, taken.facts)
    try {
      const picture = kind === 'image' ? await takePicture(body.plain, tokenId) : undefined
      return { tokenId, urlHash: hash, known, fresh: { body, type: taken.judged, picture } }
    } catch (error) {
      await body.dispose(() => Promise.resolve(false))
      throw error
    }
  }

  return async (asked, use, progress = unwatched) => {
    const request = { ...asked, name: asked.kind === 'file' ? cleanName(asked.name) : '' }
    const { tokenId, kind, url, name } = request
    // A file's type may come from its name, so that only sends under one name share a fetch.
    const leave = deps.intakes.enter(tokenId)
    const lease = flights.join(JSON.stringify([tokenId, kind, name, url]), (signal, meter) =>
      fetch(request, signal, meter),
    )
    try {
      progress.stage('fetch', lease.meter)
      const file = await unlessAborted(progress.signal, lease.result)
      const length = file.fresh?.body.facts.length ?? file.known?.blob.length ?? 0
      progress.stage('seal', { done: length, total: length })
      const plan = () => planFile(deps, { tokenId, kind, name, file })
      const first = await plan()
      leave()
      return await carryOut(first, plan, file.fresh?.body, use)
    } finally {
      leave()
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
