import type { Fetched, Outbound } from '../outbound/outbound.ts'
import type { Intakes } from './intakes.ts'
import type { Meter } from './meter.ts'
import type { KnownSource } from './queries.ts'
import { type Sealing, sealBody } from './seal-body.ts'
import type { StagedFacts } from './staged-body.ts'
import { conditional, validatorsOf } from './validators.ts'

export interface BodyIntake extends Sealing {
  readonly outbound: Pick<Outbound, 'get'>
  readonly intakes: Intakes
  readonly tokenId: string
  readonly maxBytes: number
}

export interface Wanted<T> {
  readonly url: string
  /** The field the link came from. */
  readonly subject: string
  /** What the URL brought before; the origin may then answer that it has not changed. */
  readonly known: KnownSource | undefined
  readonly signal: AbortSignal
  readonly meter: Meter
  /** Looks at the first bytes; throws for what is not wanted. */
  judge(head: Buffer, fetched: Fetched): Promise<T>
}

/**
 * Fetches `url` once and stages it sealed.
 * @returns what is staged, or undefined when it has not changed
 * @throws {GatewayError} url_*, fetch_*, too_many_requests, storage_*, or what `judge` throws
 */
export async function takeBody<T>(
  intake: BodyIntake,
  { url, subject, known, signal, meter, judge }: Wanted<T>,
): Promise<{ readonly facts: StagedFacts; readonly judged: T } | undefined> {
  const { outbound, intakes, tokenId, maxBytes } = intake
  const fetched = await outbound.get(url, { headers: conditional(known), maxBytes, signal, subject })
  if (fetched.status === 304) return undefined
  meter.total = fetched.length
  try {
    const body = intakes.count(tokenId, fetched.body, fetched.length)
    const sealed = await sealBody(intake, body, meter, (head) => judge(head, fetched))
    const { judged, ...facts } = sealed
    return { facts: { ...facts, validators: validatorsOf(fetched) }, judged }
  } finally {
    fetched.cancel()
  }
}
