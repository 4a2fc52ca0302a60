import { randomBytes } from 'node:crypto'

/** A message came, went, or changed its state. */
export interface MessageHint {
  readonly appId: string
  /** The other side: a wxid or a chatroom. */
  readonly peer: string
  readonly newMsgId: number
}

/** Where a send is: bytes come in and are sealed as they come, rest sealed, move to the channel, the message leaves. */
export type SendStage = 'fetch' | 'seal' | 'upload' | 'send' | 'sent' | 'failed'

/** How far a send has come. */
export interface SendHint {
  /** The Idempotency-Key of the call. */
  readonly key: string
  readonly appId: string
  readonly toWxid: string
  readonly stage: SendStage
  /** Bytes of this stage. */
  readonly done: number
  /** Null where nobody has told. */
  readonly total: number | null
  /** Of the message, once it has its row: it may still fail. Null before, and where none is stored beforehand. */
  readonly newMsgId: number | null
}

/** A device's state changed. */
export interface DeviceHint {
  readonly appId: string
}

export interface FeedEvents {
  message: MessageHint
  send: SendHint
  device: DeviceHint
  /** What happened before is not known here: whoever follows must ask for everything anew. */
  reset: Record<string, never>
}

export interface FeedEntry {
  /** To resume after. */
  readonly id: string
  readonly kind: keyof FeedEvents
  /** JSON of the event. */
  readonly data: string
}

/** So many events are kept for those who come back. */
const KEPT = 1000
/** So long they are kept once nobody follows, milliseconds. */
const LINGER_MS = 5 * 60_000

interface Topic {
  /** Ids of another topic, or of another life of the process, are not its own. */
  readonly life: string
  readonly entries: FeedEntry[]
  readonly followers: Set<(entry: FeedEntry) => void>
  /** Number of the next entry. */
  next: number
  forget: ReturnType<typeof setTimeout> | undefined
}

/**
 * What happens, told as it happens to whoever follows a token. Each event is a hint, in this process's memory alone; the
 * rows are the truth. Nothing is kept of a token that nobody follows.
 */
export class Feed {
  readonly #topics = new Map<string, Topic>()

  /** Whether anybody follows the token, or has just now. */
  isFollowed(tokenId: string): boolean {
    return this.#topics.has(tokenId)
  }

  /** Tokens that somebody follows, or has just now. */
  followed(): readonly string[] {
    return [...this.#topics.keys()]
  }

  /** How many follow the token now. */
  followersOf(tokenId: string): number {
    return this.#topics.get(tokenId)?.followers.size ?? 0
  }

  publish<K extends keyof FeedEvents>(tokenId: string, kind: K, event: FeedEvents[K]): void {
    const topic = this.#topics.get(tokenId)
    if (!topic) return
    const entry = { id: `${topic.life}.${topic.next}`, kind, data: JSON.stringify(event) }
    topic.next += 1
    topic.entries.push(entry)
    if (topic.entries.length > KEPT) topic.entries.shift()
    for (const follower of topic.followers) follower(entry)
  }

  /**
   * Tells `follower` everything from now on, beginning with what came after `lastId`; with a `reset` where that is not
   * known any more.
   * @param lastId of the last entry that was seen; empty for whoever begins
   * @returns ends it
   */
  follow(tokenId: string, lastId: string, follower: (entry: FeedEntry) => void): () => void {
    const topic = this.#topicOf(tokenId)
    for (const entry of this.#missed(topic, lastId)) follower(entry)
    topic.followers.add(follower)
    return () => {
      topic.followers.delete(follower)
      if (topic.followers.size > 0) return
      clearTimeout(topic.forget)
      topic.forget = setTimeout(() => this.#topics.delete(tokenId), LINGER_MS).unref()
    }
  }

  #topicOf(tokenId: string): Topic {
    const topic = this.#topics.get(tokenId) ?? {
      life: randomBytes(6).toString('hex'),
      entries: [],
      followers: new Set(),
      next: 1,
      forget: undefined,
    }
    this.#topics.set(tokenId, topic)
    clearTimeout(topic.forget)
    return topic
  }

  #missed({ life, entries, next }: Topic, lastId: string): readonly FeedEntry[] {
    const [, lifeOfLast, number] = /^(\w+)\.(\d{1,15})$/.exec(lastId) ?? []
    const last = Number(number ?? Number.NaN)
    const known = lifeOfLast === life && last >= next - 1 - entries.length && last < next
    if (known) return entries.slice(entries.length - (next - 1 - last))
    return [{ id: `${life}.${next - 1}`, kind: 'reset', data: '{}' }]
  }
}
