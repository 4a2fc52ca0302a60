/** Start of our time, 2026-01-01 UTC, in Unix milliseconds. */
const EPOCH = 1_767_225_600_000
/** Steps of the counter in one millisecond: 16 nodes with 512 ids each. A node that needs more borrows from the next millisecond. */
const STEPS = 8192
const PER_NODE = 512
/** How many nodes may share one database. */
export const MAX_NODES = STEPS / PER_NODE
/** The low 14 digits never start with 0: a bridge on json-bigint joins 14-digit chunks without padding (wechat2tg). */
const LOW = 9e13
const LOW_FIRST = 1e13
const HIGH_FIRST = 10

/**
 * Makes the ids of messages, events and jobs: 16 digits, below 2^53, so that no client's double rounds them; rising with
 * time; unique over all nodes until 2053. Ids stay unique when the clock steps back, since the counter never does.
 */
export class Ids {
  readonly #node: number
  readonly #now: () => number
  #last: number

  /**
   * @param node this process's number, 0 to MAX_NODES - 1
   * @param after the largest id already in use, 0 for none
   */
  constructor(node: number, after = 0, now: () => number = Date.now) {
    if (!Number.isInteger(node) || node < 0 || node >= MAX_NODES)
      throw new RangeError(`node must be 0 to ${MAX_NODES - 1}`)
    this.#node = node
    this.#now = now
    this.#last = after === 0 ? -1 : Math.floor(fromId(after) / STEPS) * PER_NODE + PER_NODE - 1
  }

  /** The next id. */
  next(): number {
    const earliest = Math.max(0, this.#now() - EPOCH) * PER_NODE
    this.#last = Math.max(this.#last + 1, earliest)
    const millisecond = Math.floor(this.#last / PER_NODE)
    return toId(millisecond * STEPS + this.#node * PER_NODE + (this.#last % PER_NODE))
  }
}

/** The smallest id that a message of this moment, Unix milliseconds, or a later one can have. */
export function firstIdAt(moment: number): number {
  return toId(Math.max(0, moment - EPOCH) * STEPS)
}

/** When an id was made, Unix milliseconds. */
export function momentOf(id: number): number {
  return EPOCH + Math.floor(fromId(id) / STEPS)
}

function toId(count: number): number {
  const high = Math.floor(count / LOW) + HIGH_FIRST
  return high * 1e14 + LOW_FIRST + (count % LOW)
}

function fromId(id: number): number {
  return (Math.floor(id / 1e14) - HIGH_FIRST) * LOW + ((id % 1e14) - LOW_FIRST)
}

/** `msgId` of a message: 31 bits, never 0, unique per node for four minutes, which is longer than a message can be revoked. */
export function msgIdOf(newMsgId: number): number {
  return fromId(newMsgId) % 2 ** 31 || 1
}

/** `MsgSeq` of a callback: 31 bits, rising by one every 64 milliseconds. */
export function msgSeqOf(newMsgId: number): number {
  return Math.floor(fromId(newMsgId) / STEPS / 64) % 2 ** 31
}
