import type { Statement } from '../database/database.ts'

/** What shall happen later. */
export interface NewJob {
  /** Of ids.ts; among jobs due at the same time the smaller goes first. */
  readonly id: number
  /** Chooses the handler. */
  readonly kind: string
  /** Jobs of one lane run one at a time. Not empty. */
  readonly lane: string
  /** Anything that survives JSON. */
  readonly payload: unknown
  /** Unix milliseconds. */
  readonly runAt: number
}

export interface Job extends NewJob {
  /** How often it was put off before. */
  readonly attempts: number
}

/**
 * How a run ended: over, or to be tried again at a time (Unix milliseconds). `also` are facts of the room that must
 * come true together with that, or not at all.
 */
export type JobOutcome =
  | { readonly done: true; readonly also?: readonly Statement[] }
  | { readonly retryAt: number; readonly also?: readonly Statement[] }

/**
 * Does the work. May run more than once for one job: a process can die, or lose its claim, after the work and before
 * the outcome is written. A throw is logged and tried again later.
 * @param signal aborts when the claim is lost or the process stops; what the handler then throws is not a failure
 */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<JobOutcome>
