import type { Config } from '../config.ts'
import { isFault } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Digests } from './digests.ts'
import { judgeFile } from './file-type.ts'
import type { Intakes } from './intakes.ts'
import { type BlobFacts, blobFacts } from './media.ts'
import { newMeter } from './meter.ts'
import { sniffPicture, takePicture } from './picture.ts'
import { newVideoRow } from './plan.ts'
import { newBodyRow, type ReadyFile } from './plan-file.ts'
import { findBlob, insertBlob, renewBlob } from './queries.ts'
import { type Sealed, sealBody } from './seal-body.ts'
import { sniffVideo } from './sniff.ts'
import { StagedBody, type StagedFacts } from './staged-body.ts'
import { StagedVideo } from './staged-video.ts'
import { type BlobRow, isKnownBlob, type Store } from './store.ts'

/** How often keeping is tried anew because somebody stored or dropped the same bytes meanwhile. */
const MAX_TRIES = 5

export interface UploadDeps extends Store {
  readonly intakes: Intakes
  readonly digests: Digests
  readonly config: Pick<Config, 'maxVideoBytes' | 'maxImageBytes'>
  readonly log: Log
}

interface Uploaded {
  readonly source: AsyncIterable<Buffer>
  readonly name: string
  readonly announced?: number | undefined
}

/** What uploaded bytes are kept as. */
interface Kept {
  readonly body: StagedBody
  /** As in the rows of blobs. */
  readonly sealedFor: string
  /** Gives the bytes their key. */
  row(): Promise<BlobRow>
}

/**
 * Keeps bytes that nobody has sent yet, as what they are: a send of them as such then moves no byte. Bytes that the
 * token has already are shared, and count as new.
 * @param name tells what a file is where its bytes do not
 * @param announced bytes, where the sender tells
 * @throws {GatewayError} too_many_requests, storage_*, or what `source` throws; then nothing is kept
 */
export async function keepUpload(
  deps: UploadDeps,
  tokenId: string,
  { source, name, announced }: Uploaded,
): Promise<BlobFacts> {
  const leave = deps.intakes.enter(tokenId)
  try {
    const body = deps.intakes.count(tokenId, source, announced)
    const sealed = await sealBody(deps, body, newMeter(), async (first) => Buffer.from(first))
    return await keepSealed(deps, tokenId, name, sealed)
  } finally {
    leave()
  }
}

async function keepSealed(
  deps: UploadDeps,
  tokenId: string,
  name: string,
  { judged: head, ...sealed }: Sealed<Buffer>,
): Promise<BlobFacts> {
  const facts = { ...sealed, validators: { etag: null, lastModified: null } }
  const plain = new StagedBody(deps.blobs, facts)
  let kept: Kept | undefined
  try {
    kept =
      (await asVideo(deps, tokenId, head, facts)) ??
      (await asPicture(deps, tokenId, head, plain)) ??
      (await asFile(tokenId, head, name, plain))
    return blobFacts(await keep(deps, tokenId, kept))
  } finally {
    await (kept?.body ?? plain)
      .dispose((key) => isKnownBlob(deps, tokenId, key))
      .catch((error: unknown) => deps.log.warn({ err: error }, 'staged bytes were not taken back'))
  }
}

async function asVideo(
  { blobs, config }: UploadDeps,
  tokenId: string,
  head: Buffer,
  facts: StagedFacts,
): Promise<Kept | undefined> {
  const type = facts.length <= config.maxVideoBytes ? await sniffVideo(head) : undefined
  if (!type) return undefined
  const body = new StagedVideo(blobs, facts, type)
  const measured = await body.measure().catch(unless('video_invalid'))
  return measured && { body, sealedFor: '', row: () => newVideoRow(tokenId, body) }
}

async function asPicture(
  { config }: UploadDeps,
  tokenId: string,
  head: Buffer,
  body: StagedBody,
): Promise<Kept | undefined> {
  const type = body.facts.length <= config.maxImageBytes ? await sniffPicture(head) : undefined
  if (!type) return undefined
  const picture = await takePicture(body.plain, tokenId).catch(unless('image_invalid'))
  return picture && keptAs('image', tokenId, { body, type, picture })
}

async function asFile(tokenId: string, head: Buffer, name: string, body: StagedBody): Promise<Kept> {
  return keptAs('file', tokenId, { body, type: await judgeFile(head, name), picture: undefined })
}

function keptAs(kind: 'image' | 'file', tokenId: string, file: ReadyFile): Kept {
  return { body: file.body, sealedFor: kind, row: () => newBodyRow(tokenId, kind, file) }
}

async function keep({ database }: Store, tokenId: string, kept: Kept): Promise<BlobRow> {
  const { sha256 } = kept.body.facts.digests
  for (let count = 1; ; count += 1) {
    const same = await findBlob(database, { tokenId, sha256, sealedFor: kept.sealedFor })
    if (same && (await renewBlob(database, { tokenId, key: same.blob_key }, Date.now()))) return same
    const row = await kept.row()
    try {
      await database.atomically([insertBlob(database, row)])
      kept.body.kept = true
      return row
    } catch (error) {
      if (!isFault(error, 'unique') || count === MAX_TRIES) throw error
    }
  }
}

/** What is damaged is kept as a file. */
function unless(code: 'video_invalid' | 'image_invalid'): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof GatewayError) || error.code !== code) throw error
  }
}
