import type { EventView } from '../../../src/console/schema.ts'

/** What an attempt came to: `HTTP 200`, or why no answer came. */
export function outcomeOf(status: number | null, error: string | null): string | undefined {
  return status === null ? (error ?? undefined) : `HTTP ${status}`
}

/** What the last attempt came to; undefined before the first. */
export function lastOf({ lastStatus, lastError }: EventView): string | undefined {
  return outcomeOf(lastStatus, lastError)
}
