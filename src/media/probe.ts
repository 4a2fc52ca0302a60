import { GatewayError } from '../errors.ts'
import { readIsobmff } from './isobmff.ts'
import { readMatroska } from './matroska.ts'
import type { VideoType } from './sniff.ts'
import { type RandomAccess, Window } from './window.ts'

/** What a video says of itself. */
export interface VideoFacts {
  /** Fractional; undefined when the container does not say (a live recording). */
  readonly durationSeconds: number | undefined
  /** Pixels as shown: pixel shape and rotation applied. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** Lower case, as ffmpeg names it (`h264`, `hevc`, `vp9`); the container's own code where no name is known. */
  readonly videoCodec: string | undefined
  readonly audioCodec: string | undefined
}

const timeLimitMs = 10_000
const longestSeconds = 30 * 24 * 3600
const largestSide = 65_535
const unknown: VideoFacts = {
  durationSeconds: undefined,
  width: undefined,
  height: undefined,
  videoCodec: undefined,
  audioCodec: undefined,
}

/**
 * Reads play length, picture size and codecs from the headers alone: a few 64 KiB reads whatever the length and
 * wherever the index stands; the sample tables are never read, since a general demuxer builds them in memory and
 * a forged count of 2^32 samples then ends the process. Facts beyond reason (over 30 days, over 65,535 pixels) are
 * left undefined. A type that is not measurable has no facts.
 * @throws {GatewayError} `video_invalid` when the container is damaged, cut short or has no video track;
 *   `storage_failed` when the source takes longer than 10 s; what `source.read` throws
 */
export async function probeVideo(source: RandomAccess, type: VideoType): Promise<VideoFacts> {
  if (!type.measurable) return unknown
  const window = new Window(source, AbortSignal.timeout(timeLimitMs))
  const isMatroska = type.mime === 'video/webm' || type.mime === 'video/matroska'
  const facts = await (isMatroska ? readMatroska(window) : readIsobmff(window))
  if (!facts) {
    throw new GatewayError('video_invalid', {
      reason: '文件中没有视频画面（可能是纯音频文件），请换一个视频',
    })
  }
  const sized = isWithin(facts.width, largestSide) && isWithin(facts.height, largestSide)
  return {
    ...facts,
    durationSeconds: isWithin(facts.durationSeconds, longestSeconds) ? facts.durationSeconds : undefined,
    width: sized ? facts.width : undefined,
    height: sized ? facts.height : undefined,
  }
}

function isWithin(value: number | undefined, most: number): boolean {
  return value !== undefined && value > 0 && value <= most
}
