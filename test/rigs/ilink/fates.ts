import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What one call meets instead of, or around, the endpoint's own behaviour. */
export type Fate =
  /** HTTP 200 with this code; in `errcode` alone when asked. */
  | { ret: number; errmsg?: string; errcode?: boolean }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Taken and never answered, until the rig closes or the client gives up. */
  | { hang: true }
  /** The socket is reset before any answer. */
  | { reset: true }
  /** CDN upload: the socket is reset after so many bytes of the body. */
  | { resetAfter: number }
  /** Waits, then behaves as ever. */
  | { delayMs: number }
  /** The headers go out at once, the body so much later. */
  | { bodyDelayMs: number }
  /** HTTP 200 with half a JSON document. */
  | { badJson: true }
  /** HTTP 200 with this JSON. */
  | { answer: unknown }
  /** Does the work, then loses the answer. */
  | { actThen: 'reset' | 'hang' }

/** An answer before it is written. */
export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: string
  /** Called once the last byte was handed to the socket. */
  readonly written?: () => void
}

export function json(value: unknown, written?: () => void): Answer {
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(value), ...(written ? { written } : {}) }
}

/** The answer that a fate gives by itself, without the endpoint. */
export function answerOf(fate: Fate): Answer | undefined {
  if ('ret' in fate) {
    const errmsg = fate.errmsg === undefined ? {} : { errmsg: fate.errmsg }
    return json(fate.errcode ? { errcode: fate.ret, ...errmsg } : { ret: fate.ret, ...errmsg })
  }
  if ('status' in fate) return { status: fate.status, headers: fate.headers ?? {}, body: fate.body ?? '' }
  if ('badJson' in fate) return { ...json({}), body: '{"ret":0,"msgs":[' }
  if ('answer' in fate) return json(fate.answer)
  return undefined
}

export function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

/** Writes an answer, as far as the fate lets it out. */
export async function write(answer: Answer, fate: Fate | undefined, response: ServerResponse): Promise<void> {
  if (response.destroyed) return
  if (fate && 'actThen' in fate) {
    answer.written?.()
    if (fate.actThen === 'reset') reset(response.req)
    return
  }
  if (answer.written) response.once('finish', answer.written)
  const length = { 'content-length': Buffer.byteLength(answer.body) }
  response.writeHead(answer.status, { ...answer.headers, ...length })
  if (fate && 'bodyDelayMs' in fate) {
    response.flushHeaders()
    await sleep(fate.bodyDelayMs, undefined, { ref: false })
  }
  response.end(answer.body)
}

/** Fates to come, by endpoint, first in first out. */
export function createFates() {
  const waiting = new Map<string, Fate[]>()
  return {
    add(endpoint: string, fates: readonly Fate[]) {
      waiting.set(endpoint, [...(waiting.get(endpoint) ?? []), ...fates])
    },
    take: (endpoint: string) => waiting.get(endpoint)?.shift(),
  }
}
