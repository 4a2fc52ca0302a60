import type { Blobs } from '../blobs/blobs.ts'
import type { Fetched, Outbound } from '../outbound/outbound.ts'
import type { Digests } from './digests.ts'
import { peek } from './peek.ts'
import type { KnownSource } from './queries.ts'
import { createSeal, newAesKey } from './seal.ts'
import type { StagedFacts } from './staged-body.ts'
import { conditional, validatorsOf } from './validators.ts'

/** So many first bytes tell the type of a file. */
const HEAD_BYTES = 4100

export interface BodyIntake {
  readonly outbound: Outbound
  readonly blobs: Blobs
  readonly digests: Digests
  readonly maxBytes: number
}

export interface Wanted<T> {
  readonly url: string
  /** The field the link came from. */
  readonly subject: string
  /** What the URL brought before; the origin may then answer that it has not changed. */
  readonly known: KnownSource | undefined
  readonly signal: AbortSignal
  /** Looks at the first bytes; throws for what is not wanted. */
  judge(head: Buffer, fetched: Fetched): Promise<T>
}

/**
 * Fetches `url` once and stages it sealed; bytes pass through and are never held whole.
 * @returns what is staged, or undefined when it has not changed
 * @throws {GatewayError} url_*, fetch_*, storage_*, or what `judge` throws
 */
export async function takeBody<T>(
  { outbound, blobs, digests, maxBytes }: BodyIntake,
  { url, subject, known, signal, judge }: Wanted<T>,
): Promise<{ readonly facts: StagedFacts; readonly judged: T } | undefined> {
  const headers = conditional(known)
  const fetched = await outbound.get(url, { headers, maxBytes, signal, subject })
  if (fetched.status === 304) return undefined

  const digest = digests.start()
  try {
    const { head, whole } = await peek(fetched.body, HEAD_BYTES)
    const judged = await judge(head, fetched)
    const aesKey = newAesKey()
    let length = 0
    const sealed = async function* () {
      const seal = createSeal(aesKey)
      for await (const chunk of whole) {
        length += chunk.length
        const busy = digest.update(chunk)
        if (busy) await busy
        yield seal.update(chunk)
      }
      yield seal.final()
    }
    const staged = await blobs.stage(sealed())
    try {
      const digested = await digest.finish()
      const validators = validatorsOf(fetched)
      return { facts: { staged, aesKey, length, digests: digested, validators }, judged }
    } catch (error) {
      await staged.discard()
      throw error
    }
  } finally {
    digest.drop()
    fetched.cancel()
  }
}
