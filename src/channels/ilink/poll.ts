import { GatewayError } from '../../errors.ts'
import type { Polled } from '../channel.ts'
import { command } from './call.ts'
import type { Account } from './credentials.ts'
import { numberOf, textOf } from './fields.ts'
import { baseInfo } from './headers.ts'
import { readMessages } from './inbound.ts'
import type { Wire } from './wire.ts'

/** What the server holds a poll for unless it says otherwise (sheet 4.1), and the bounds of what it may say. */
const defaultHoldMs = 35_000
const minHoldMs = 1000
const maxHoldMs = 120_000
/** The server's clock should ring first: an answer that we no longer hear may hold messages. */
const graceMs = 5000
const maxAnswerBytes = 8 * 1024 ** 2
const emptyPoll: Polled = { messages: [], cursor: undefined, holdMs: undefined }

/** Waits for messages (sheet 4); nothing in time is an empty answer. See `RemoteChannel.poll`. */
export async function poll(
  wire: Wire,
  account: Account,
  from: { readonly cursor: string; readonly holdMs: number | undefined },
  signal: AbortSignal,
): Promise<Polled> {
  try {
    const answer = await command(wire, {
      base: account.baseUrl,
      endpoint: 'getupdates',
      token: account.token,
      body: { get_updates_buf: from.cursor, base_info: baseInfo(wire.config) },
      timeoutMs: bounded(from.holdMs ?? defaultHoldMs) + graceMs,
      maxAnswerBytes,
      signal,
    })
    const holdMs = numberOf(answer.longpolling_timeout_ms)
    return {
      messages: readMessages(answer.msgs),
      cursor: textOf(answer.get_updates_buf),
      holdMs: holdMs !== undefined && holdMs > 0 ? bounded(holdMs) : undefined,
    }
  } catch (error) {
    if (isTimeOut(error)) return emptyPoll
    throw error
  }
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.round(ms), minHoldMs), maxHoldMs)
}

/** Our own clock rang while the server held the call. A connection that never came about is none of that. */
function isTimeOut(error: unknown): boolean {
  return (
    error instanceof GatewayError &&
    error.cause instanceof GatewayError &&
    error.cause.code === 'fetch_timeout'
  )
}
