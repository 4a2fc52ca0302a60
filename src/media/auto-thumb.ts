import type { Log } from '../log.ts'
import { takeFrame } from './frame.ts'
import type { Gate } from './gate.ts'
import { type ReadyThumb, readyThumb } from './intake-thumb.ts'
import { plainAccess } from './plain.ts'
import type { Arrived } from './plan.ts'
import { findSource, type KnownSource } from './queries.ts'
import type { VideoType } from './sniff.ts'
import type { StagedVideo } from './staged-video.ts'
import { type Store, urlHash } from './store.ts'
import { drawPlaceholder } from './thumbnail.ts'

export interface AutoThumb {
  readonly store: Store
  /** The program, or `off`. */
  readonly ffmpeg: string
  /** How many ffmpeg processes run at once. */
  readonly gate: Gate
  readonly log: Log
}

/**
 * A thumbnail that the caller left to us: a frame of the video where ffmpeg gives one, else a placeholder in its
 * proportions. Remembered by the video's content, as if it had come from a URL.
 */
export async function autoThumb(
  { store, ffmpeg, gate, log }: AutoThumb,
  tokenId: string,
  video: { readonly known: KnownSource | undefined; readonly fresh: StagedVideo | undefined },
): Promise<Arrived<ReadyThumb>> {
  const sha256 = video.fresh?.facts.digests.sha256 ?? video.known?.blob.sha256 ?? ''
  const hash = urlHash(`frame of ${sha256}`)
  const known = await findSource(store.database, tokenId, 'thumb', hash)
  if (known) return { known, fresh: undefined, urlHash: hash }
  const subject = video.fresh ? await fresh(video.fresh) : kept(store, video.known)
  const report = (reason: string) => log.info({ reason }, 'no frame could be taken; drawing a placeholder')
  const frame =
    subject && (await gate.pass(tokenId, () => takeFrame(subject.plain, subject.type, ffmpeg, report)))
  const thumbnail = frame ?? (await drawPlaceholder(subject?.width, subject?.height))
  return {
    known: undefined,
    fresh: readyThumb(thumbnail, { etag: `"${sha256}"`, lastModified: null }),
    urlHash: hash,
  }
}

async function fresh(video: StagedVideo) {
  const { width, height } = await video.measure()
  return { plain: video.plain, type: video.type, width, height }
}

function kept({ blobs }: Store, known: KnownSource | undefined) {
  if (!known) return undefined
  const { blob_key, aes_key, length, mime, extension, width, height } = known.blob
  const type: VideoType = { mime, extension, measurable: true }
  const plain = plainAccess((range) => blobs.read(blob_key, range), aes_key, length)
  return { plain, type, width: width ?? undefined, height: height ?? undefined }
}
