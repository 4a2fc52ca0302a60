const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * The pauses after the first, second, … failed attempt; the last one repeats. The first three together stay below
 * half a minute, after which many clients throw a message away as too old (contract 3.8).
 */
const pauses = [
  1 * second,
  5 * second,
  15 * second,
  1 * minute,
  5 * minute,
  15 * minute,
  1 * hour,
  2 * hour,
  4 * hour,
  8 * hour,
]
/** How long after the event an attempt may still be made. */
const patience = 24 * hour

/**
 * When an event is tried again, Unix milliseconds, or undefined when it is given up.
 * @param failed how many attempts have failed, at least 1
 * @param createdAt when the event happened
 * @param random from 0 to 1; spreads the retries of many events by a fifth, the first three by a twentieth
 */
export function nextAttempt(
  failed: number,
  createdAt: number,
  now: number,
  random: number = Math.random(),
): number | undefined {
  const pause = pauses[Math.min(failed, pauses.length) - 1] ?? second
  const spread = failed <= 3 ? 0.05 : 0.2
  const at = now + Math.round(pause * (1 + spread * (2 * random - 1)))
  return at <= createdAt + patience ? at : undefined
}
