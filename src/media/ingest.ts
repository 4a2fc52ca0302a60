import type { Config } from '../config.ts'
import type { Row } from '../database/tables.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { type AutoThumb, autoThumb } from './auto-thumb.ts'
import type { Digests } from './digests.ts'
import { Flights } from './flights.ts'
import { Gate } from './gate.ts'
import { type ReadyThumb, takeThumb } from './intake-thumb.ts'
import { type StagedVideo, takeVideo } from './intake-video.ts'
import { type Media, playSeconds } from './media.ts'
import { findMedia, findSameMedia, findSource, type KnownSource } from './queries.ts'
import { keepMedia, keepThumb, keepVideo, rememberSource, reopenThumb, type Store, urlHash } from './store.ts'

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

/** What came of one URL: what it brought before, or something new. */
interface Arrived<T> {
  readonly known: KnownSource | undefined
  readonly fresh: T | undefined
}

/**
 * Brings both URLs in and keeps them as media; each URL gets one GET. A failure of one ends the other, and nothing
 * stays. Throws GatewayError url_*, fetch_*, video_invalid, thumb_invalid, storage_*.
 */
export type Ingest = (request: IngestRequest) => Promise<Media>

export function createIngest(deps: IngestDeps): Ingest {
  const { config, log, outbound, database } = deps
  const videos = new Flights<Arrived<StagedVideo>>(async ({ fresh }) => fresh?.staged.discard())
  const thumbs = new Flights<Arrived<ReadyThumb>>(() => Promise.resolve())
  const keeping = new WeakMap<StagedVideo, Promise<Row<'blobs'>>>()
  const frames: AutoThumb = { store: deps, ffmpeg: config.ffmpeg, gate: new Gate(FRAMES_AT_ONCE), log }

  const fetchVideo = async (
    tokenId: string,
    url: string,
    signal: AbortSignal,
  ): Promise<Arrived<StagedVideo>> => {
    const known = await findSource(database, tokenId, 'video', urlHash(url))
    const fresh = await takeVideo({ ...deps, maxBytes: config.maxVideoBytes }, url, known, signal)
    deps.metrics.bytesIn.inc(fresh?.length ?? 0)
    deps.metrics.cache.inc({ cache: fresh ? 'miss' : 'hit' })
    return { known, fresh }
  }
  const fetchThumb = async (
    tokenId: string,
    url: string,
    signal: AbortSignal,
  ): Promise<Arrived<ReadyThumb>> => {
    const known = await findSource(database, tokenId, 'thumb', urlHash(url))
    return { known, fresh: await takeThumb({ outbound, maxBytes: config.maxThumbBytes }, url, known, signal) }
  }

  /** Senders that share one fetch also share the keeping of it. */
  const keepOnce = (tokenId: string, url: string, staged: StagedVideo): Promise<Row<'blobs'>> => {
    const kept = keeping.get(staged) ?? keepAndRemember(tokenId, url, staged)
    keeping.set(staged, kept)
    return kept
  }
  const keepAndRemember = async (tokenId: string, url: string, staged: StagedVideo) => {
    const row = await keepVideo(deps, tokenId, staged)
    await rememberSource(deps, {
      tokenId,
      urlHash: urlHash(url),
      kind: 'video',
      sha256: row.sha256,
      validators: staged.validators,
    })
    return row
  }

  return async ({ tokenId, videoUrl, thumbUrl, videoDuration }) => {
    const done = deps.metrics.ingestSeconds.startTimer()
    const video = videos.join(`${tokenId} ${videoUrl}`, (signal) => fetchVideo(tokenId, videoUrl, signal))
    const thumb =
      thumbUrl === ''
        ? undefined
        : thumbs.join(`${tokenId} ${thumbUrl}`, (signal) => fetchThumb(tokenId, thumbUrl, signal))
    try {
      const [videoArrived, thumbArrived] = await Promise.all([video.result, thumb?.result])
      // A video nobody can play is refused before anything is kept.
      await videoArrived.fresh?.measure()
      const auto = thumbArrived ? undefined : await autoThumb(frames, tokenId, videoArrived)
      const arrived = thumbArrived ?? auto ?? { known: undefined, fresh: undefined }

      const known = await findKnown(
        tokenId,
        videoArrived.fresh ? undefined : videoArrived.known,
        arrived,
        videoDuration,
      )
      if (known) {
        done()
        return known
      }
      const videoRow = videoArrived.fresh
        ? await keepOnce(tokenId, videoUrl, videoArrived.fresh)
        : videoArrived.known?.blob
      const ready = arrived.fresh ?? (arrived.known && (await reopenThumb(deps, arrived.known.blob)))
      if (!videoRow || !ready) throw new Error('an origin answered 304 to a request without validators')
      const thumbRow = await keepThumb(deps, videoRow, ready)
      const media = await keepMedia(deps, videoRow, thumbRow, videoDuration)
      if (arrived.fresh) {
        await rememberSource(deps, {
          tokenId,
          urlHash: auto ? auto.urlHash : urlHash(thumbUrl),
          kind: 'thumb',
          sha256: ready.sha256,
          validators: ready.validators,
        })
      }
      done()
      return media
    } finally {
      await Promise.all([video.release(), thumb?.release()])
    }
  }

  /** The usual second send: neither URL changed, and the media are there. */
  async function findKnown(
    tokenId: string,
    video: KnownSource | undefined,
    thumb: Arrived<ReadyThumb>,
    told: number,
  ): Promise<Media | undefined> {
    const thumbSha256 = thumb.fresh?.sha256 ?? thumb.known?.blob.sha256
    if (!video || !thumbSha256) return undefined
    const fileId = await findSameMedia(database, {
      tokenId,
      videoKey: video.blob.blob_key,
      thumbSha256,
      playSeconds: playSeconds(video.blob.duration_ms, told),
    })
    return fileId === undefined ? undefined : findMedia(database, tokenId, fileId)
  }
}
