import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, Reply } from './api.ts'
import { type Left, NoAnswer, Refused } from './refusals.ts'

/** Waits before the same call is made again, milliseconds. */
const PAUSES_MS = [1000, 2000, 4000]
const CANCEL_AGAIN_MS = 300

/** One send. */
export interface Delivery {
  readonly path: string
  readonly body: object
  /** Its Idempotency-Key: calls that carry the same one send once. */
  readonly key: string
}

/** No answer came in the end. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  readonly left: Left

  constructor(cause: Error, left: Left) {
    super(cause.message, { cause })
    this.left = left
  }
}

/**
 * Sends, and makes the same call again while the connection breaks or the gateway restarts. After `interrupted` the
 * gateway is asked to cancel, and its answer to the send still waited for: only that tells what became of it.
 * @throws {Refused | Unanswered}
 */
export async function deliver(
  api: Api,
  { path, body, key }: Delivery,
  interrupted: AbortSignal,
): Promise<Reply> {
  const ended = new AbortController()
  const cancelled = cancelWhenAsked(api, key, interrupted, ended.signal)
  let arrived = false
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await api.post(path, body, { headers: { 'idempotency-key': key } })
      } catch (error) {
        if (!isWorthRepeating(error)) throw error
        arrived ||= error instanceof NoAnswer && error.arrived
        const pause = PAUSES_MS[attempt]
        if (pause !== undefined) await sleep(pause, undefined, { signal: interrupted }).catch(() => undefined)
        // Whoever has given up must not send after all.
        if (pause !== undefined && !interrupted.aborted) continue
        ended.abort()
        throw new Unanswered(error, arrived && !(await cancelled) ? 'unknown' : 'no')
      }
    }
  } finally {
    ended.abort()
  }
}

/** A gateway that is stopping speaks of this call; what became of an earlier one, only its successor knows. */
const isWorthRepeating = (error: unknown): error is NoAnswer | Refused =>
  error instanceof NoAnswer || (error instanceof Refused && error.code === 'shutting_down')

/** @returns whether the gateway has cancelled the send */
async function cancelWhenAsked(
  api: Api,
  key: string,
  interrupted: AbortSignal,
  ended: AbortSignal,
): Promise<boolean> {
  const either = AbortSignal.any([interrupted, ended])
  if (!either.aborted) await once(either, 'abort')
  if (!interrupted.aborted) return false
  // "Not cancelled" may mean that the send has not begun yet, so it is asked again until the send has its answer.
  do {
    const { data } = await api
      .post('/message/cancelSend', { idempotencyKey: key })
      .catch(() => ({ data: undefined }))
    if (typeof data === 'object' && data && 'cancelled' in data && data.cancelled === true) return true
    await sleep(CANCEL_AGAIN_MS, undefined, { signal: ended }).catch(() => undefined)
  } while (!ended.aborted)
  return false
}
