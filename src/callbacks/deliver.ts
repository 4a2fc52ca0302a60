import type { Database } from '../database/database.ts'
import { GatewayError, systemCode } from '../errors.ts'
import type { Job, JobHandler, JobOutcome } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { type Attempt, attempted, findOwed } from './queries.ts'
import { nextAttempt } from './schedule.ts'
import { callbackSecret, signatureHeaders } from './signature.ts'

export type DeliveryResult = 'delivered' | 'retried' | 'failed'

interface DeliveryOptions {
  readonly database: Database
  readonly outbound: Pick<Outbound, 'post'>
  /** Signs the bodies, see signature.ts. */
  readonly secretKey: Buffer
  /** For one attempt, milliseconds. */
  readonly timeoutMs: number
  readonly log: Log
  /** Told of every attempt, for metrics. */
  readonly observe?: (result: DeliveryResult) => void
  readonly now?: () => number
}

type Owed = NonNullable<Awaited<ReturnType<typeof findOwed>>>
type Answer = Pick<Attempt, 'status' | 'error'>

/**
 * The handler of `DELIVERY` jobs: posts the event to the token's present URL. Only a 2xx settles it; everything else
 * is tried again as schedule.ts says, and given up a day after the event.
 */
export function createDelivery(options: DeliveryOptions): JobHandler {
  const { database, log, observe, now = Date.now } = options

  return async (job, signal) => {
    const event = await findOwed(database, eventIdOf(job))
    if (!event) return { done: true }
    const at = now()
    const { status, error } = await attempt(options, event, at, signal)
    const number = event.attempts + 1
    const durationMs = Math.max(0, now() - at)
    const made: Attempt = { eventId: event.id, number, at, durationMs, status, error }
    const { result, outcome } = judge(database, event, made)

    observe?.(result)
    const about = { eventId: event.id, appId: event.app_id, newMsgId: event.new_msg_id }
    const facts = { ...about, attempt: number, status, error, durationMs }
    if (result === 'delivered') log.info(facts, 'callback delivered')
    else if (result === 'retried') log.warn(facts, 'callback not delivered, will be tried again')
    else log.error(facts, 'callback given up')
    return outcome
  }
}

function judge(
  database: Database,
  event: Owed,
  made: Attempt,
): { result: DeliveryResult; outcome: JobOutcome } {
  if (made.status !== null && made.status >= 200 && made.status < 300)
    return { result: 'delivered', outcome: { done: true, also: attempted(database, made, 'delivered') } }
  const retryAt =
    event.url === null ? undefined : nextAttempt(made.number, event.created_at, made.at + made.durationMs)
  return retryAt === undefined
    ? { result: 'failed', outcome: { done: true, also: attempted(database, made, 'failed') } }
    : { result: 'retried', outcome: { retryAt, also: attempted(database, made, 'owed') } }
}

async function attempt(
  { outbound, secretKey, timeoutMs }: DeliveryOptions,
  { id, token_id, url, body }: Owed,
  now: number,
  signal: AbortSignal,
): Promise<Answer> {
  if (url === null) return { status: null, error: 'no callback' }
  const signature = signatureHeaders(callbackSecret(secretKey, token_id), id, body, now)
  const headers = { 'content-type': 'application/json', ...signature }
  try {
    const { status } = await outbound.post(url, { headers, body, timeoutMs, signal, subject: 'callbackUrl' })
    return { status, error: null }
  } catch (error) {
    // The process stops, which says nothing of the receiver.
    if (signal.aborted || (error instanceof GatewayError && error.code === 'shutting_down')) throw error
    return { status: null, error: wordFor(error) }
  }
}

/** Our code and the system's, such as `fetch_unreachable ECONNREFUSED`. Texts could hold parts of the URL. */
function wordFor(error: unknown): string {
  const { code, cause } = GatewayError.from(error)
  return [code, systemCode(cause)].filter(Boolean).join(' ')
}

function eventIdOf({ payload }: Job): number {
  if (typeof payload === 'object' && payload !== null && 'eventId' in payload) {
    const { eventId } = payload
    if (typeof eventId === 'number') return eventId
  }
  throw new Error('the job names no event')
}
