import type { Row } from '../database/tables.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { judgeFile } from './file-type.ts'
import { takeFrame } from './frame.ts'
import type { Gate } from './gate.ts'
import { openWhole } from './intake-remote.ts'
import { type ReadyThumb, readyThumb } from './intake-thumb.ts'
import { type FileType, sniffPicture, takePicture } from './picture.ts'
import { probeVideo, type VideoFacts } from './probe.ts'
import type { RemoteMediaDeps } from './remote.ts'
import { sniffVideo, type VideoType } from './sniff.ts'
import type { StagedBody } from './staged-body.ts'
import { drawPanel, drawPlaceholder, makeThumbnail, type Thumbnail } from './thumbnail.ts'

/** What a received file turned out to be. */
export interface RemoteFacts extends Partial<Omit<VideoFacts, 'durationSeconds'>> {
  readonly type: FileType
  readonly durationMs?: number | undefined
  /** Of a video or a picture. */
  readonly thumb?: ReadyThumb
}

type RemoteRow = Row<'remote_files'>
type FactsDeps = Pick<RemoteMediaDeps, 'config' | 'log' | 'open'> & { readonly frames: Gate }

/**
 * Measures what can be measured. What a person sent is worth having even where it is not what it is called, so that
 * nothing here refuses it.
 */
export async function measureRemote(
  deps: FactsDeps,
  row: RemoteRow,
  body: StagedBody,
  head: Buffer,
  signal: AbortSignal,
): Promise<RemoteFacts> {
  switch (row.kind) {
    case 'video':
      return videoFacts(deps, row, body, head, signal)
    case 'image':
      return imageFacts(deps, row, body, head, signal)
    case 'file':
      return { type: await judgeFile(head, row.name) }
    case 'voice':
      return { type: await judgeFile(head, `voice.${row.extension}`) }
  }
}

async function videoFacts(
  deps: FactsDeps,
  row: RemoteRow,
  body: StagedBody,
  head: Buffer,
  signal: AbortSignal,
): Promise<RemoteFacts> {
  const type = (await sniffVideo(head)) ?? { ...(await judgeFile(head, row.name)), measurable: false }
  const measured: Partial<VideoFacts> = await tolerate('video_invalid', probeVideo(body.plain, type), {})
  const { durationSeconds, ...rest } = measured
  const thumb = (await sentThumb(deps, row, signal)) ?? (await frameOf(deps, row, body, type, rest))
  const durationMs = durationSeconds === undefined ? undefined : Math.round(durationSeconds * 1000)
  return { ...rest, type, durationMs, thumb }
}

async function imageFacts(
  deps: FactsDeps,
  row: RemoteRow,
  body: StagedBody,
  head: Buffer,
  signal: AbortSignal,
): Promise<RemoteFacts> {
  const type = (await sniffPicture(head)) ?? (await judgeFile(head, row.name))
  const picture = await tolerate('image_invalid', takePicture(body.plain, row.token_id), undefined)
  if (picture) return { type, ...picture }
  // Phones have formats of their own, such as HEIC, but send a JPEG beside them.
  const thumb = (await sentThumb(deps, row, signal)) ?? withoutUrl(await drawPanel())
  return { type, thumb }
}

/** What `work` gives, or `instead` where it fails with this very code. */
async function tolerate<T, D>(code: ErrorCode, work: Promise<T>, instead: D): Promise<T | D> {
  try {
    return await work
  } catch (error) {
    if (error instanceof GatewayError && error.code === code) return instead
    throw error
  }
}

/** The thumbnail that came with it. */
async function sentThumb(
  { open, config, log }: FactsDeps,
  { token_id, app_id, thumb_locator, thumb_aes_key }: RemoteRow,
  signal: AbortSignal,
): Promise<ReadyThumb | undefined> {
  if (thumb_locator === null) return undefined
  try {
    const fetched = await open(app_id, thumb_locator, { maxBytes: config.maxThumbBytes, signal })
    const parts: Buffer[] = []
    for await (const part of fetched.body) parts.push(part)
    const bytes = Buffer.concat(parts)
    const opened = thumb_aes_key ? openWhole(bytes, thumb_aes_key) : bytes
    return withoutUrl(await makeThumbnail(opened, token_id))
  } catch (error) {
    if (signal.aborted) throw error
    log.info({ err: error }, 'the thumbnail of a received file could not be had; one is made')
    return undefined
  }
}

/** A frame of a video, or what stands for one. */
async function frameOf(
  { config, frames, log }: FactsDeps,
  { token_id }: RemoteRow,
  { plain }: StagedBody,
  type: VideoType,
  { width, height }: Partial<VideoFacts>,
): Promise<ReadyThumb> {
  const report = (reason: string) => log.info({ reason }, 'no frame could be taken; drawing a placeholder')
  const frame = await frames.pass(token_id, () => takeFrame(plain, type, config.ffmpeg, report))
  return withoutUrl(frame ?? (await drawPlaceholder(width, height)))
}

const withoutUrl = (thumbnail: Thumbnail): ReadyThumb =>
  readyThumb(thumbnail, { etag: null, lastModified: null })
