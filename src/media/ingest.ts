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
import type { Media } from './media.ts'
import { type Arrived, planMedia } from './plan.ts'
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
  readonly digests: Digests
  readonly config: Pick<Config, 'maxVideoBytes' | 'maxThumbBytes' | 'ffmpeg'>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'bytesIn' | 'cache' | 'ingestSeconds'>
}

/**
 * Brings both URLs in, each by one GET, and gives `use` the media with the rows that are still missing, to be put into
 * the unit of the message: media and message become true together. A failure of one URL ends the other, and when
 * anything fails nothing stays. Throws GatewayError url_*, fetch_*, video_invalid, thumb_invalid, storage_*, or what
 * `use` throws.
 */
export type Ingest = <T>(
  request: IngestRequest,
  use: (media: Media, statements: readonly Statement[]) => Promise<T>,
) => Promise<T>

export function createIngest(deps: IngestDeps): Ingest {
  const { config, log, outbound, database, metrics } = deps
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

  const fetchVideo = async (tokenId: string, url: string, signal: AbortSignal) => {
    const hash = urlHash(url)
    const known = await findSource(database, tokenId, 'video', hash)
    const take = () => takeVideo({ ...deps, maxBytes: config.maxVideoBytes }, url, known, signal)
    const fresh = await start(take)
    metrics.bytesIn.inc(fresh?.facts.length ?? 0)
    metrics.cache.inc({ cache: fresh ? 'miss' : 'hit' })
    return { tokenId, urlHash: hash, known, fresh }
  }
  const fetchThumb = async (tokenId: string, url: string, signal: AbortSignal) => {
    const hash = urlHash(url)
    const known = await findSource(database, tokenId, 'thumb', hash)
    const take = () => takeThumb({ outbound, maxBytes: config.maxThumbBytes }, url, known, signal)
    const fresh = await start(take)
    return { urlHash: hash, known, fresh }
  }

  return async ({ tokenId, videoUrl, thumbUrl, videoDuration }, use) => {
    const done = metrics.ingestSeconds.startTimer()
    const videoLease = videos.join(`${tokenId} ${videoUrl}`, (signal) =>
      fetchVideo(tokenId, videoUrl, signal),
    )
    const thumbLease =
      thumbUrl === ''
        ? undefined
        : thumbs.join(`${tokenId} ${thumbUrl}`, (signal) => fetchThumb(tokenId, thumbUrl, signal))
    try {
      const [video, fetched] = await Promise.all([videoLease.result, thumbLease?.result])
      // A video nobody can play is refused before a frame of it is taken.
      await video.fresh?.measure()
      const thumb = fetched ?? (await autoThumb(frames, tokenId, video))
      const plan = () => planMedia(deps, { tokenId, video, thumb, told: videoDuration })
      const first = await plan()
      done()
      return await carryOut(first, plan, video.fresh, use)
    } finally {
      await Promise.all([videoLease.release(), thumbLease?.release()])
    }
  }
}
