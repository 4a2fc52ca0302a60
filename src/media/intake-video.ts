import { GatewayError } from '../errors.ts'
import type { Fetched } from '../outbound/outbound.ts'
import { type BodyIntake, takeBody } from './intake-body.ts'
import type { Meter } from './meter.ts'
import type { KnownSource } from './queries.ts'
import { sniffVideo, type VideoType } from './sniff.ts'
import { StagedVideo } from './staged-video.ts'

/**
 * Fetches the video at `url` once and stages it sealed.
 * @param known what the URL brought before; the origin may then answer that it has not changed
 * @returns the staged video, or undefined when it has not changed
 * @throws {GatewayError} url_*, fetch_*, video_invalid, storage_*
 */
export async function takeVideo(
  intake: BodyIntake,
  url: string,
  known: KnownSource | undefined,
  signal: AbortSignal,
  meter: Meter,
): Promise<StagedVideo | undefined> {
  const taken = await takeBody(intake, { url, subject: 'videoUrl', known, signal, meter, judge })
  return taken && new StagedVideo(intake.blobs, taken.facts, taken.judged)
}

async function judge(head: Buffer, fetched: Fetched): Promise<VideoType> {
  const type = await sniffVideo(head)
  if (!type) throw new GatewayError('video_invalid', { reason: notAVideo(fetched) })
  return type
}

function notAVideo({ contentType }: Fetched): string {
  const said = contentType ? `（对方声明的类型是 ${contentType.slice(0, 80)}）` : ''
  return `videoUrl 返回的内容不是视频${said}，请确认链接能直接下载到视频文件`
}
