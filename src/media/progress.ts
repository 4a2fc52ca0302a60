import type { SendStage } from '../feed.ts'
import type { Meter } from './meter.ts'

/** What a send tells of itself as it goes on, and how it learns that it is not wanted any more. */
export interface Progress {
  /** Aborts with the error that the send then fails with; undefined for a send that nobody can cancel. */
  readonly signal: AbortSignal | undefined
  /**
   * A stage begins.
   * @param meter counts its bytes; without one those of the stage before stand
   */
  stage(name: SendStage, meter?: Meter): void
  /**
   * From here on it cannot be cancelled.
   * @param newMsgId of the row that says so, where there is one before the message leaves
   * @throws {GatewayError} send_cancelled
   */
  commit(newMsgId?: number): void
}

/** Of a send that nobody follows. */
export const unwatched: Progress = { signal: undefined, stage() {}, commit() {} }

/** `work`, or the reason of `signal` as soon as it aborts; the work itself goes on. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
