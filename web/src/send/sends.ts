import type { SendHint } from '../../../src/feed.ts'
import { call } from '../api/call.ts'
import { live } from '../api/live.ts'
import { askToCancel } from './cancel.ts'
import { type Draft, filesOf, type Request, requestOf, type Target } from './drafts.ts'
import { keepFirstMs } from './first-sends.ts'
import { Lane } from './lane.ts'
import { failureOf, fresh, isRunning, newKey, type Outgoing, type SentReply } from './outgoing.ts'
import { advanced, type Progress } from './rate.ts'
import { uploadAll } from './upload.ts'

/** So many that were sent are kept to be looked at. */
const KEPT = 20
/** A browser has six connections to a gateway; the pages need some of them for other things. */
const MEDIA_AT_A_TIME = 2
/** Between two requests to cancel a send. */
const ASK_MS = 300

/** The sends of these pages. They live beside the components: leaving a chat ends none. */
export class Sends {
  /** Newest first. */
  #all: readonly Outgoing[] = []
  readonly #watchers = new Set<() => void>()
  /** By key. */
  readonly #uploads = new Map<string, AbortController>()
  readonly #mediaLane = new Lane(MEDIA_AT_A_TIME)
  readonly #textLanes = new Map<string, Lane>()

  /** Words typed and not yet sent, by chat. */
  readonly unsent = new Map<string, string>()

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Another array after each change. */
  readonly all = (): readonly Outgoing[] => this.#all

  /** @returns its id */
  start(target: Target, draft: Draft): string {
    const id = newKey()
    this.#replace([{ id, ...fresh(target, draft) }, ...this.#all])
    this.#enter(id)
    return id
  }

  /** The same call with the same key once more: sends at most once. */
  repeat(id: string): void {
    const outgoing = this.#find(id)
    if (!outgoing) return
    const again = { phase: 'waiting', error: undefined, cancel: undefined, progress: undefined } as const
    this.#change(id, { ...again, attempt: outgoing.attempt + 1 })
    this.#enter(id)
  }

  /** As a new message, with a key of its own. */
  sendAnew(id: string): void {
    const outgoing = this.#find(id)
    if (!outgoing) return
    this.#change(id, fresh(outgoing.target, outgoing.draft))
    this.#enter(id)
  }

  async cancel(id: string): Promise<void> {
    const outgoing = this.#find(id)
    if (outgoing?.phase === 'waiting' || outgoing?.phase === 'uploading') {
      this.#change(id, { phase: 'cancelled' })
      this.#uploads.get(outgoing.key)?.abort()
    } else if (outgoing?.phase === 'calling' && outgoing.cancel !== 'asked') {
      this.#change(id, { cancel: 'asked' })
      await this.#askToCancel(outgoing)
    }
  }

  /** What was to be said about a send has been read. */
  seen(id: string): void {
    this.#change(id, { cancel: undefined })
  }

  /** Takes one that is no longer running out of sight. */
  dismiss(id: string): void {
    this.#replace(this.#all.filter((outgoing) => outgoing.id !== id))
  }

  readonly hear = ({ key, stage, done, total, newMsgId }: SendHint): void => {
    const outgoing = this.#all.find((candidate) => candidate.key === key)
    if (!outgoing) return
    if (newMsgId !== null && newMsgId !== outgoing.newMsgId) this.#change(outgoing.id, { newMsgId })
    if (outgoing.phase !== 'calling' || stage === 'sent' || stage === 'failed') return
    this.#advance(outgoing.id, { stage, done, total })
  }

  /** Until it is cancelled or has its answer: the gateway refuses too what it has not begun yet. */
  async #askToCancel({ id, key, attempt }: Outgoing): Promise<void> {
    const isAsked = () => {
      const now = this.#find(id)
      return now?.key === key && now.attempt === attempt && now.phase === 'calling' && now.cancel === 'asked'
    }
    while (isAsked()) {
      const answer = await askToCancel(key)
      if (!isAsked()) return
      if (answer === 'cancelled') this.#change(id, { phase: 'cancelled', cancel: undefined })
      else if (answer === 'unheard') this.#change(id, { cancel: 'unheard' })
      else await new Promise((resolve) => setTimeout(resolve, ASK_MS))
    }
  }

  /** Words stay in their order; forwards are as quick as words. */
  #enter(id: string): void {
    const outgoing = this.#find(id)
    if (!outgoing) return
    const { key, draft, target } = outgoing
    this.#laneOf(draft, target).enter(() => this.#run(id, key))
  }

  #laneOf(draft: Draft, { appId, peer }: Target): Lane {
    if (draft.kind !== 'text' && draft.kind !== 'forward') return this.#mediaLane
    const name = JSON.stringify([appId, peer])
    const lane = this.#textLanes.get(name) ?? new Lane(1)
    this.#textLanes.set(name, lane)
    return lane
  }

  /** One attempt. It ends unheard when the send was cancelled meanwhile, and perhaps begun anew. */
  async #run(id: string, key: string): Promise<void> {
    const beganAt = performance.now()
    const isCurrent = () => {
      const outgoing = this.#find(id)
      return outgoing !== undefined && outgoing.key === key && isRunning(outgoing)
    }
    try {
      if (!isCurrent()) return
      const request = await this.#prepare(id, key)
      if (!isCurrent()) return
      this.#change(id, { phase: 'calling', request })
      const path = `/console/api/message/${request.route}` as const
      const reply = await call<SentReply>(path, request.body, { idempotencyKey: key })
      if (isCurrent()) this.#sent(id, reply, performance.now() - beganAt)
    } catch (error) {
      if (!isCurrent()) return
      const failure = failureOf(error, this.#find(id)?.phase === 'calling')
      // The answer to the send may come before the one to the request to cancel it.
      if (failure.code === 'send_cancelled') this.#change(id, { phase: 'cancelled', cancel: undefined })
      else this.#change(id, { phase: 'failed', error: failure, cancel: undefined })
    }
  }

  /** Brings the files of this computer to the gateway. A repeat has them there, and must not change its body. */
  async #prepare(id: string, key: string): Promise<Request> {
    const outgoing = this.#find(id)
    if (!outgoing) throw new Error('the send is gone')
    const { draft, target, request } = outgoing
    if (request) return request
    const files = filesOf(draft)
    if (files.length === 0) return requestOf(draft, target, new Map())
    this.#change(id, { phase: 'uploading' })
    const controller = new AbortController()
    this.#uploads.set(key, controller)
    const onProgress = (done: number, total: number) => this.#advance(id, { stage: 'disk', done, total })
    try {
      return requestOf(draft, target, await uploadAll(files, { onProgress, signal: controller.signal }))
    } finally {
      this.#uploads.delete(key)
    }
  }

  #sent(id: string, reply: SentReply, tookMs: number): void {
    const outgoing = this.#find(id)
    if (!outgoing) return
    const cancel = outgoing.cancel && 'late'
    this.#change(id, { phase: 'sent', reply, progress: undefined, cancel })
    // The answer to a repeat may be one that was kept, which takes no time.
    if (outgoing.attempt === 1) {
      this.#change(id, { tookMs })
      if (outgoing.draft.kind !== 'forward' && outgoing.draft.kind !== 'text')
        keepFirstMs(localStorage, reply, tookMs)
    }
    const sent = this.#all.filter(({ phase }) => phase === 'sent')
    const forgotten = new Set(sent.slice(KEPT))
    if (forgotten.size > 0) this.#replace(this.#all.filter((each) => !forgotten.has(each)))
  }

  #advance(id: string, step: Pick<Progress, 'stage' | 'done' | 'total'>): void {
    const outgoing = this.#find(id)
    if (!outgoing || !isRunning(outgoing)) return
    const isFromDisk = filesOf(outgoing.draft).length > 0
    this.#change(id, { progress: advanced(outgoing.progress, step, performance.now(), isFromDisk) })
  }

  #find(id: string): Outgoing | undefined {
    return this.#all.find((outgoing) => outgoing.id === id)
  }

  #change(id: string, change: Partial<Omit<Outgoing, 'id'>>): Outgoing | undefined {
    this.#replace(this.#all.map((outgoing) => (outgoing.id === id ? { ...outgoing, ...change } : outgoing)))
    return this.#find(id)
  }

  #replace(all: readonly Outgoing[]): void {
    this.#all = all
    for (const watcher of this.#watchers) watcher()
  }
}

export const sends = new Sends()
live.on('send', sends.hear)
addEventListener('beforeunload', (event) => {
  if (sends.all().some(isRunning)) event.preventDefault()
})
