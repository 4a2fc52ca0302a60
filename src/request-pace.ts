import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from './errors.ts'

const SECOND = 1000
/** How much may come at once, as the time it would take at the set rate; and how long a request waits at most. */
const BURST_MS = SECOND
const MAX_WAIT_MS = 2 * SECOND
/** A refusal comes after so long, so that a loop without a pause cannot live on refusals; and how many wait for theirs. */
const HOLD_MS = SECOND
const MAX_HELD = 256

/** The monotonic clock, milliseconds, and a wait on it. */
interface Clock {
  now(): number
  pause(ms: number): Promise<unknown>
}

const monotonic: Clock = { now: () => performance.now(), pause }

/** Lets a request of a token go on. @throws {GatewayError} too_many_requests */
export type Admit = (tokenId: string) => Promise<void>

/**
 * The requests of one token come at a steady rate: what is faster waits for its turn, and what would wait too long is
 * refused. The old clients of GeWe do not try again, so they are better slowed down than refused.
 * @param rate requests a second; 0 for no limit
 */
export function createRequestPace(rate: number, { now, pause }: Clock = monotonic): Admit {
  if (rate === 0) return () => Promise.resolve()
  const step = SECOND / rate
  /** When the next request of a token is due, on the clock; one number says all of its past. */
  const due = new Map<string, number>()
  const held = new Map<string, number>()

  const refuse = async (tokenId: string, wait: number): Promise<never> => {
    const already = held.get(tokenId) ?? 0
    if (already < MAX_HELD) {
      held.set(tokenId, already + 1)
      await pause(HOLD_MS)
      const left = (held.get(tokenId) ?? 1) - 1
      if (left > 0) held.set(tokenId, left)
      else held.delete(tokenId)
    }
    const retryAfter = Math.ceil(wait / SECOND)
    throw new GatewayError('too_many_requests', {
      reason: `请求过于频繁：每个 token 每秒最多 ${rate} 次，请在 ${retryAfter} 秒后再试`,
      retryAfter,
    })
  }

  return async (tokenId) => {
    const time = now()
    const at = Math.max(due.get(tokenId) ?? Number.NEGATIVE_INFINITY, time - BURST_MS)
    const wait = at - time
    if (wait > MAX_WAIT_MS) return refuse(tokenId, wait)
    due.set(tokenId, at + step)
    if (wait > 0) await pause(wait)
  }
}
