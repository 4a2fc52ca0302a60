import type { Config } from '../config.ts'
import type { Statement } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { type AutoThumb, autoThumb } from './auto-thumb.ts'
import { carryOut } from './carry-out.ts'
import type { Digests } from './digests.ts'
import { Flights } from './flights.ts'
import { createStarts, Gate } from './gate.ts'
import { type ReadyThumb, takeThumb } from './intake-thumb.ts'
import { takeVideo } from './intake-video.ts'
import type { Intakes } from './intakes.ts'
import type { Links } from './links.ts'
import type { Media } from './media.ts'
import type { Meter } from './meter.ts'
import { findOwn, readingOwn } from './own-link.ts'
import { type Arrived, planMedia } from './plan.ts'
import { type Progress, unlessAborted, unwatched } from './progress.ts'
import { findSource } from './queries.ts'
import type { StagedVideo } from './staged-video.ts'
import { isKnownBlob, type Store, urlHash } from './store.ts'

/** ffmpeg processes at once; cores are for sealing. */
const FRAMES_AT_ONCE = 2

/** What a caller wants to send. */
export interface IngestRequest {
  readonly tokenId: string
  readonly videoUrl: string
  /** Empty: the gateway makes the thumbnail. */
  readonly thumbUrl: string
  /** Seconds, counts where the bytes do not tell. */
  readonly videoDuration: number
}

export interface IngestDeps extends Store {
  readonly outbound: Outbound
  readonly intakes: Intakes
  readonly links: Links
  readonly digests: Digests
  readonly config: Pick<Config, 'maxVideoBytes' | 'maxThumbBytes' | 'ffmpeg'>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'bytesIn' | 'cache' | 'ingestSeconds'>
}

/**
 * Brings both URLs in, each by one GET or, where it is a link of this gateway, out of the store, and gives `use` the
 * media with the rows that are still missing, to be put into the unit of the message: media and message become true
 * together. A failure of one URL ends the other, and when anything fails nothing stays. Throws GatewayError url_*, fetch_*,
 * too_many_requests, media_gone, video_invalid, thumb_invalid, storage_*, send_cancelled, or what `use` throws.
 */
export type Ingest = <T>(
  request: IngestRequest,
  use: (media: Media, statements: readonly Statement[]) => Promise<T>,
  progress?: Progress,
) => Promise<T>

export function createIngest(deps: IngestDeps): Ingest {
  const { config, log, database, metrics } = deps
  const outbound = { get: readingOwn(deps, deps.outbound) }
  const frames: AutoThumb = { store: deps, ffmpeg: config.ffmpeg, gate: new Gate(FRAMES_AT_ONCE), log }
  const start = createStarts()
  const thumbs = new Flights<Arrived<ReadyThumb>>(() => Promise.resolve())
  const videos = new Flights<Arrived<StagedVideo> & { tokenId: string }>(async ({ tokenId, fresh }) => {
    // The send has its answer by now; bytes that cannot be taken back are swept at the next start.
    await fresh
      ?.dispose((key) => isKnownBlob(deps, tokenId, key))
      .catch((error: unknown) => {
        log.warn({ err: error }, 'staged bytes were not taken back')
      })
  })

  const fetchVideo = async (tokenId: string, url: string, signal: AbortSignal, meter: Meter) => {
    const hash = urlHash(url)
    const own = await findOwn(deps, tokenId, 'video', { url, subject: 'videoUrl' })
    const known = own ?? (await findSource(database, tokenId, 'video', hash))
    const intake = { ...deps, outbound, tokenId, maxBytes: config.maxVideoBytes }
    const fresh = own ? undefined : await start(tokenId, () => takeVideo(intake, url, known, signal, meter))
    metrics.bytesIn.inc(fresh?.facts.length ?? 0)
    metrics.cache.inc({ cache: fresh ? 'miss' : 'hit' })
    return { tokenId, urlHash: hash, known, fresh }
  }
  const fetchThumb = async (tokenId: string, url: string, signal: AbortSignal) => {
    const hash = urlHash(url)
    const own = await findOwn(deps, tokenId, 'thumb', { url, subject: 'thumbUrl' })
    const known = own ?? (await findSource(database, tokenId, 'thumb', hash))
    const intake = { outbound, tokenId, maxBytes: config.maxThumbBytes }
    const fresh = own ? undefined : await start(tokenId, () => takeThumb(intake, url, known, signal))
    return { urlHash: hash, known, fresh }
  }

  return async ({ tokenId, videoUrl, thumbUrl, videoDuration }, use, progress = unwatched) => {
    const leave = deps.intakes.enter(tokenId)
    const done = metrics.ingestSeconds.startTimer()
    const videoLease = videos.join(`${tokenId} ${videoUrl}`, (signal, meter) =>
      fetchVideo(tokenId, videoUrl, signal, meter),
    )
    const thumbLease =
      thumbUrl === ''
        ? undefined
        : thumbs.join(`${tokenId} ${thumbUrl}`, (signal) => fetchThumb(tokenId, thumbUrl, signal))
    try {
      progress.stage('fetch', videoLease.meter)
      const arrived = Promise.all([videoLease.result, thumbLease?.result])
      const [video, fetched] = await unlessAborted(progress.signal, arrived)
      const length = video.fresh?.facts.length ?? video.known?.blob.length ?? 0
      progress.stage('seal', { done: length, total: length })
      // A video nobody can play is refused before a frame of it is taken.
      await video.fresh?.measure()
      const thumb = fetched ?? (await autoThumb(frames, tokenId, video))
      const plan = () => planMedia(deps, { tokenId, video, thumb, told: videoDuration })
      const first = await plan()
      done()
      leave()
      return await carryOut(first, plan, video.fresh, use)
    } finally {
      leave()
      await Promise.all([videoLease.release(), thumbLease?.release()])
    }
  }
}
