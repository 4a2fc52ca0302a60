/* How far a send has come, how fast it moves and how long it will take: arithmetic alone. */

/** `disk`: from this computer to the gateway. The others are the gateway's own, in this order. */
export const stages = ['disk', 'fetch', 'seal', 'upload', 'send'] as const
export type Stage = (typeof stages)[number]

interface Sample {
  /** Milliseconds. */
  readonly at: number
  /** Bytes. */
  readonly done: number
}

export interface Progress {
  readonly stage: Stage
  /** Bytes of this stage. */
  readonly done: number
  /** Null where nobody has told. */
  readonly total: number | null
  /** Of the whole way, 0 to 1; never falls. */
  readonly share: number
  /** The last seconds of this stage, the oldest first. */
  readonly samples: readonly Sample[]
}

/** Speed is that of the last seconds: shorter would flicker, longer would not see a change. */
const WINDOW_MS = 4000
/** Over less than this a speed says nothing. */
const LEAST_MS = 400

/** What each stage takes of the way; a file from this computer is fetched from the gateway itself, in no time. */
const fromDisk: Readonly<Record<Stage, number>> = { disk: 50, fetch: 8, seal: 4, upload: 34, send: 4 }
const fromUrl: Readonly<Record<Stage, number>> = { disk: 0, fetch: 54, seal: 4, upload: 38, send: 4 }

/**
 * The progress after one more word of it.
 * @param at when it was heard, milliseconds
 * @param isFromDisk whether the way began with an upload from this computer
 */
export function advanced(
  before: Progress | undefined,
  { stage, done, total }: Pick<Progress, 'stage' | 'done' | 'total'>,
  at: number,
  isFromDisk: boolean,
): Progress {
  const goesOn = before?.stage === stage && done >= before.done
  const kept = goesOn ? before.samples : []
  // The youngest sample outside of the window stays: it is where the window begins.
  const begin = kept.findLastIndex((sample) => sample.at <= at - WINDOW_MS)
  return {
    stage,
    done,
    total,
    share: Math.max(before?.share ?? 0, shareOf(stage, done, total, isFromDisk ? fromDisk : fromUrl)),
    samples: [...kept.slice(Math.max(0, begin)), { at, done }],
  }
}

function shareOf(stage: Stage, done: number, total: number | null, weights: Readonly<Record<Stage, number>>) {
  const past = stages.slice(0, stages.indexOf(stage)).reduce((sum, earlier) => sum + weights[earlier], 0)
  const within = total === null || total <= 0 ? 0 : Math.min(1, Math.max(0, done / total))
  return (past + weights[stage] * within) / 100
}

/** Bytes a second over the last seconds, up to `now`, so that what stands still slows down; undefined while unknown. */
export function speedOf({ samples }: Progress, now: number): number | undefined {
  const last = samples.at(-1)
  const first = samples.findLast((sample) => sample.at <= now - WINDOW_MS) ?? samples[0]
  if (!first || !last || now - first.at < LEAST_MS) return undefined
  return ((last.done - first.done) / (now - first.at)) * 1000
}

/** Seconds until this stage is done; undefined where the speed or the end is not known. */
export function secondsLeft(progress: Progress, now: number): number | undefined {
  const { done, total } = progress
  const speed = speedOf(progress, now)
  if (total === null || speed === undefined || speed <= 0) return undefined
  return Math.max(0, total - done) / speed
}
