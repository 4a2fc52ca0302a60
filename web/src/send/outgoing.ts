import { CallError, isUnreachable } from '../api/call.ts'
import type { Draft, Request, Target } from './drafts.ts'
import type { Progress } from './rate.ts'

/** What the send routes answer; the other fields are only shown. */
export interface SentReply {
  readonly newMsgId: number
  /** Of videos and images. */
  readonly fileId?: string
}

/**
 * `waiting`: for an earlier one. `uploading`: from this computer to the gateway. `calling`: the gateway is at it.
 */
export type Phase = 'waiting' | 'uploading' | 'calling' | 'sent' | 'failed' | 'cancelled'

/** One send and all that is known of it. */
export interface Outgoing {
  readonly id: string
  /** The Idempotency-Key; another one if it is sent anew. */
  readonly key: string
  readonly target: Target
  readonly draft: Draft
  readonly phase: Phase
  /** When it was asked for, Unix milliseconds. */
  readonly startedAt: number
  readonly progress: Progress | undefined
  /** From the moment it is called: what a repeat must repeat. */
  readonly request: Request | undefined
  readonly reply: SentReply | undefined
  /** Of the message that the gateway already has of it, or had of the last attempt. */
  readonly newMsgId: number | undefined
  /** Milliseconds from the first byte to the reply; undefined where it took a repeat. */
  readonly tookMs: number | undefined
  readonly error: CallError | undefined
  /** 1 for the first with its key. */
  readonly attempt: number
  /** `asked`: not settled yet. `late`: it was sent all the same. `unheard`: the gateway did not answer. */
  readonly cancel: 'asked' | 'late' | 'unheard' | undefined
}

/** Not `crypto.randomUUID`: browsers hide that from pages over plain HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A send that nothing has happened to. */
export function fresh(target: Target, draft: Draft): Omit<Outgoing, 'id'> {
  return {
    key: newKey(),
    target,
    draft,
    phase: 'waiting',
    startedAt: Date.now(),
    progress: undefined,
    request: undefined,
    reply: undefined,
    newMsgId: undefined,
    tookMs: undefined,
    error: undefined,
    attempt: 1,
    cancel: undefined,
  }
}

export function isRunning({ phase }: Outgoing): boolean {
  return phase === 'waiting' || phase === 'uploading' || phase === 'calling'
}

/**
 * What may be done about a failure.
 * `repeat`: the same call with the same key, which sends at most once.
 * `anew`: certainly nothing was sent, and the gateway only repeats this answer for the old key.
 * `ask`: it may have been sent; the same call tells whether anything more is known, and sends nothing.
 */
export function remedyOf({ request, error }: Outgoing): 'repeat' | 'anew' | 'ask' {
  if (!request || !error || isUnreachable(error)) return 'repeat'
  if (error.sent === 'unknown') return 'ask'
  return error.retryable ? 'repeat' : 'anew'
}

/** Whatever was thrown, as a failure to show. */
export function failureOf(error: unknown, isCalled: boolean): CallError {
  if (error instanceof CallError) return error
  const sent = isCalled ? 'unknown' : 'no'
  return new CallError({ code: 'page_broken', reason: String(error), sent, retryable: true })
}
