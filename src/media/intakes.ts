import { GatewayError } from '../errors.ts'
import { bytesWait } from './scavenge.ts'
import type { Turns } from './turns.ts'

/** When to come back; how soon something of the token's own will be through, nobody knows. Seconds. */
const RETRY_AFTER = 5

interface IntakeLimits {
  /** Of one token, at once. */
  readonly tokenIntakes: number
  readonly tokenBytesInFlight: number
}

/** What a token has on its way in. */
interface Load {
  intakes: number
  bytes: number
}

/** Counts what each token brings in at the same moment, refuses what is too much, and lets the rest come in turns. */
export class Intakes {
  readonly #limits: IntakeLimits
  readonly #turns: Turns
  readonly #loads = new Map<string, Load>()

  constructor(limits: IntakeLimits, turns: Turns) {
    this.#limits = limits
    this.#turns = turns
  }

  /** An intake of the token begins; the function that comes back ends it. @throws {GatewayError} too_many_requests */
  enter(tokenId: string): () => void {
    const load = this.#loads.get(tokenId) ?? { intakes: 0, bytes: 0 }
    const most = this.#limits.tokenIntakes
    if (load.intakes >= most) {
      throw new GatewayError('too_many_requests', {
        reason: `同一个 token 同时接收的文件最多 ${most} 个，请在 ${RETRY_AFTER} 秒后再试`,
        retryAfter: RETRY_AFTER,
      })
    }
    this.#loads.set(tokenId, load)
    load.intakes += 1
    let ended = false
    return () => {
      if (ended) return
      ended = true
      load.intakes -= 1
      if (load.intakes === 0) this.#loads.delete(tokenId)
    }
  }

  /**
   * Passes `body` on and counts it; while an intake of the token is under way.
   * @param announced its length, where its sender tells; more than that counts as it comes
   * @throws {GatewayError} too_many_requests, before the first piece or between two, or what `body` throws
   */
  async *count(
    tokenId: string,
    body: AsyncIterable<Buffer>,
    announced: number | undefined,
  ): AsyncGenerator<Buffer> {
    const load = this.#loads.get(tokenId) ?? { intakes: 0, bytes: 0 }
    let counted = 0
    let come = 0
    const grow = (to: number) => {
      if (to <= counted) return
      this.#refuse(load.bytes - counted, to)
      load.bytes += to - counted
      counted = to
    }
    try {
      grow(announced ?? 0)
      for await (const piece of body) {
        come += piece.length
        grow(come)
        const busy = this.#turns.take(tokenId, piece.length)
        if (busy) await whileHeld(piece, busy)
        yield piece
      }
    } finally {
      load.bytes -= counted
    }
  }

  /** @param others bytes of the token's other intakes; without any, one file passes whatever its size */
  #refuse(others: number, own: number): void {
    const most = this.#limits.tokenBytesInFlight
    if (others === 0 || others + own <= most) return
    throw new GatewayError('too_many_requests', {
      reason: `同一个 token 同时接收的数据最多 ${Math.round(most / 1024 ** 2)} MiB，请在 ${RETRY_AFTER} 秒后再试`,
      retryAfter: RETRY_AFTER,
    })
  }
}

async function whileHeld(piece: Buffer, turn: Promise<void>): Promise<void> {
  bytesWait(piece.length)
  await turn
  bytesWait(-piece.length)
}
