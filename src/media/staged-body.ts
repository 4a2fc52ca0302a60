import type { Blobs, StagedBlob } from '../blobs/blobs.ts'
import type { Digested } from './digests.ts'
import { plainAccess } from './plain.ts'
import { newBlobKey } from './store.ts'
import type { Validators } from './validators.ts'
import type { RandomAccess } from './window.ts'

export interface StagedFacts {
  readonly staged: StagedBlob
  readonly aesKey: string
  /** Plain bytes. */
  readonly length: number
  readonly digests: Digested
  readonly validators: Validators
}

/** Bytes that are fetched, sealed and durable, but not yet anybody's: several sends may share them. */
export class StagedBody {
  readonly facts: StagedFacts
  readonly plain: RandomAccess
  /** A row knows their key; then there is nothing to take back. */
  kept = false
  readonly #blobs: Blobs
  #placed: Promise<string> | undefined

  constructor(blobs: Blobs, facts: StagedFacts) {
    this.#blobs = blobs
    this.facts = facts
    this.plain = plainAccess((range) => facts.staged.read(range), facts.aesKey, facts.length)
  }

  /** Gives the bytes their key, once for all who share them. */
  place(): Promise<string> {
    this.#placed ??= this.#place()
    return this.#placed
  }

  /** The key, where they have one. */
  placed(): Promise<string | undefined> {
    return this.#placed ?? Promise.resolve(undefined)
  }

  /**
   * Takes the bytes back unless a row knows them.
   * @param isKnown asks the rows
   */
  async dispose(isKnown: (key: string) => Promise<boolean>): Promise<void> {
    if (this.kept) return
    await this.facts.staged.discard()
    const key = await this.#placed?.catch(() => undefined)
    if (key !== undefined && !(await isKnown(key))) await this.#blobs.delete(key)
  }

  async #place(): Promise<string> {
    const key = newBlobKey(this.facts.digests.sha256)
    try {
      await this.facts.staged.commit(key)
      return key
    } catch (error) {
      await Promise.allSettled([this.facts.staged.discard(), this.#blobs.delete(key)])
      throw error
    }
  }
}
