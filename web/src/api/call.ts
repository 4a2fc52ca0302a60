/** Why a call failed: the gateway's own words where it answered, ours where it did not. */
export class CallError extends Error {
  override readonly name = 'CallError'
  /** A code of the gateway's table, or `unreachable`: no answer came. */
  readonly code: string
  /** The reason in words for people. */
  readonly reason: string
  /** `unknown`: what was to be sent may have left all the same. */
  readonly sent: 'no' | 'unknown'
  readonly retryable: boolean
  /** Seconds to wait before the next try, where the gateway told. */
  readonly retryAfter: number | undefined
  /** The whole reply, for those who want to see it. */
  readonly reply: unknown

  constructor(
    facts: Pick<CallError, 'code' | 'reason' | 'sent' | 'retryable'> &
      Partial<Pick<CallError, 'reply' | 'retryAfter'>>,
  ) {
    super(`${facts.code}: ${facts.reason}`)
    this.code = facts.code
    this.reason = facts.reason
    this.sent = facts.sent
    this.retryable = facts.retryable
    this.reply = facts.reply
    this.retryAfter = facts.retryAfter
  }
}

interface Reply {
  readonly ret: number
  readonly msg: string
  readonly data?: unknown
}

/** Whether no answer came, so that another try may bring one. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof CallError && error.code === 'unreachable'
}

/** What proves to the gateway that a page of its own asks: no other site can set a header of its own invention. */
export const consoleHeaders = { 'x-hongyan-console': '1' }

const listeners = new Set<() => void>()

/** Hears that the session is over. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Posts JSON, signed in by cookie. The console's own routes are `/console/…`, those of the public API
 * `/console/api/…`.
 * @returns `data` of the reply
 * @throws {CallError}
 */
export async function call<T>(
  path: `/console/${string}`,
  body: object = {},
  options: { readonly idempotencyKey?: string; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { idempotencyKey, signal } = options
  const response = await reach(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...consoleHeaders,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  return dataOf<T>(await response.json().catch(unreadable), Number.isFinite(wait) ? wait : undefined)
}

/** `data` of a reply. @throws {CallError} for a failure */
export function dataOf<T>(reply: unknown, retryAfter?: number): T {
  if (!isReply(reply)) return unreadable()
  if (reply.ret === 200) return reply.data as T
  const facts = (reply.data ?? {}) as { code?: string; msg?: string; sent?: string; retryable?: boolean }
  const error = new CallError({
    code: facts.code ?? 'internal',
    reason: facts.msg ?? reply.msg,
    sent: facts.sent === 'unknown' ? 'unknown' : 'no',
    retryable: facts.retryable ?? false,
    retryAfter,
    reply,
  })
  if (error.code === 'token_missing') for (const listener of listeners) listener()
  throw error
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new CallError({ code: 'unreachable', reason: '', sent: 'unknown', retryable: true })
  }
}

function unreadable(): never {
  throw new CallError({ code: 'unreachable', reason: '', sent: 'unknown', retryable: true })
}

function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && 'ret' in value && 'msg' in value
}
