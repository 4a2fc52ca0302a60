import type { Blobs, StagedBlob } from '../blobs/blobs.ts'
import type { Digested, Digests } from './digests.ts'
import type { Meter } from './meter.ts'
import { peek } from './peek.ts'
import { createSeal, newAesKey } from './seal.ts'
import { sniffBytes } from './sniff.ts'

export interface Sealing {
  readonly blobs: Blobs
  readonly digests: Digests
}

export interface Sealed<T> {
  readonly staged: StagedBlob
  readonly aesKey: string
  /** Plain bytes. */
  readonly length: number
  readonly digests: Digested
  readonly judged: T
}

/**
 * Stages `body` sealed; bytes pass through and are never held whole.
 * @param meter counts the plain bytes
 * @param judge looks at the first bytes; throws for what is not wanted
 * @throws {GatewayError} storage_*, or what `body` or `judge` throws; then nothing is staged
 */
export async function sealBody<T>(
  { blobs, digests }: Sealing,
  body: AsyncIterable<Buffer>,
  meter: Meter,
  judge: (head: Buffer) => Promise<T>,
): Promise<Sealed<T>> {
  const digest = digests.start()
  try {
    const { head, whole } = await peek(body, sniffBytes)
    const judged = await judge(head)
    const aesKey = newAesKey()
    const sealed = async function* () {
      const seal = createSeal(aesKey)
      for await (const chunk of whole) {
        meter.done += chunk.length
        const busy = digest.update(chunk)
        if (busy) await busy
        yield seal.update(chunk)
      }
      yield seal.final()
    }
    const staged = await blobs.stage(sealed())
    try {
      return { staged, aesKey, length: meter.done, digests: await digest.finish(), judged }
    } catch (error) {
      await staged.discard()
      throw error
    }
  } finally {
    digest.drop()
  }
}
