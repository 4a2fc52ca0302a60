import type { Blobs } from '../blobs/blobs.ts'
import { probeVideo, type VideoFacts } from './probe.ts'
import type { VideoType } from './sniff.ts'
import { StagedBody, type StagedFacts } from './staged-body.ts'

/** A video that is staged, and what its bytes say. */
export class StagedVideo extends StagedBody {
  readonly type: VideoType
  #measured: Promise<VideoFacts> | undefined

  constructor(blobs: Blobs, facts: StagedFacts, type: VideoType) {
    super(blobs, facts)
    this.type = type
  }

  /** What the bytes say, read once. @throws {GatewayError} video_invalid */
  measure(): Promise<VideoFacts> {
    this.#measured ??= probeVideo(this.plain, this.type)
    return this.#measured
  }
}
