import type { InsideChannel } from '../channels/channel.ts'
import { isFault, type Statement } from '../database/database.ts'
import type { InsideReach } from '../devices/reach.ts'
import { GatewayError } from '../errors.ts'
import type { MessageHint } from '../feed.ts'
import { msgIdOf } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Parcel } from './parcel.ts'
import { insertMessage, insertWords, type NewMessage, touchMedia } from './queries.ts'
import { type TellDeps, tell } from './tell.ts'

/** What tells the two sides of a message apart. */
type Side = Pick<NewMessage, 'appId' | 'direction' | 'fromWxid' | 'toWxid' | 'state' | 'content'>

export interface InsideDeps extends TellDeps {
  readonly log: Log
  /** A message was stored for a device that was offline. */
  readonly onHeld: (appId: string) => void
}

export interface Destination {
  readonly tokenId: string
  readonly appId: string
  readonly toWxid: string
}

/** A message that was sent. */
export interface SentMessage {
  readonly msgId: number
  readonly newMsgId: number
  /** Unix milliseconds. */
  readonly createdAt: number
}

/**
 * Sends inside the gateway: the `missing` rows of the media, the message, what arrives where, the events owed and the
 * kept answer in one unit. Once this resolves the message is sent, and nothing after it may fail.
 * @param given what must become true with it
 * @throws {GatewayError} media_gone when retention dropped the media meanwhile; nothing was sent
 */
export async function sendInside<R>(
  deps: InsideDeps,
  channel: InsideChannel,
  to: Destination,
  reach: InsideReach,
  { parcel, missing }: { readonly parcel: Parcel; readonly missing: readonly Statement[] },
  answer: { readonly replyOf: (sent: SentMessage) => R; readonly given: (reply: R) => Statement[] },
): Promise<R> {
  const { database, ids, log, feed } = deps
  const { media, msgType, content } = parcel
  const newMsgId = ids.next()
  const msgId = msgIdOf(newMsgId)
  const now = Date.now()
  const fileId = media?.fileId ?? null
  // Written out, not spread: objects of one shape are what makes their many reads cheap (a tenth of the whole here).
  const sideOf = (side: Side): NewMessage => ({
    appId: side.appId,
    newMsgId,
    msgId,
    tokenId: to.tokenId,
    direction: side.direction,
    fromWxid: side.fromWxid,
    toWxid: side.toWxid,
    msgType,
    content: side.content,
    fileId,
    state: side.state,
    createdAt: now,
  })
  const insert = media ? insertMessage : insertWords
  const reply = answer.replyOf({ msgId, newMsgId, createdAt: now })

  const { appId, toWxid } = to
  const fromWxid = reach.wxid
  const out = sideOf({ appId, direction: 'out', fromWxid, toWxid, state: 'sent', content })
  const statements: Statement[] = [...missing, { query: insert(database, out), changes: 1 }]
  const hints: MessageHint[] = [{ appId, peer: toWxid, newMsgId }]
  const receivers = new Map(reach.receivers.map((receiver) => [receiver.wxid, receiver]))
  const arrivals =
    receivers.size === 0
      ? []
      : channel.deliver({ fromWxid, toWxid, members: reach.members, msgType, content })
  for (const { wxid, fromWxid, content } of arrivals) {
    const receiver = receivers.get(wxid)
    if (!receiver) continue
    const state = receiver.online ? ('received' as const) : ('held' as const)
    const arrived = sideOf({ appId: receiver.appId, direction: 'in', fromWxid, toWxid: wxid, state, content })
    statements.push({ query: insert(database, arrived), changes: 1 })
    hints.push({ appId: receiver.appId, peer: fromWxid, newMsgId })
    if (receiver.online && reach.hasCallback) {
      statements.push(...tell(deps, { ...arrived, pushContent: `${reach.nickName} : ${parcel.label}` }))
    }
  }
  if (media) statements.push(...touchMedia(database, to.tokenId, media, now))
  statements.push(...answer.given(reply))

  try {
    await database.atomically(statements)
  } catch (error) {
    // Of the media no row, or of their bytes none.
    if (isFault(error, 'guard') || (media && isFault(error, 'foreign')))
      throw new GatewayError('media_gone', { cause: error })
    throw unwritten(error)
  }
  if (reach.hasCallback) deps.wake()
  for (const { online, appId } of reach.receivers) if (!online) deps.onHeld(appId)
  for (const hint of hints) feed.publish(to.tokenId, 'message', hint)
  log.info({ newMsgId, msgId, appId: to.appId, toWxid: to.toWxid, msgType, state: 'sent' }, 'message sent')
  return reply
}

/** What a send fails with when its rows could not be written. */
export function unwritten(error: unknown): GatewayError {
  if (isFault(error, 'unanswered')) {
    const reason =
      '网关数据库在提交时断开，消息可能已经发出；请先确认对方是否收到，或用同一个 Idempotency-Key 重试，再决定是否重发'
    return new GatewayError('database_failed', { reason, sent: 'unknown', retryable: false, cause: error })
  }
  const code = isFault(error, 'full')
    ? 'storage_full'
    : isFault(error, 'io')
      ? 'storage_failed'
      : 'database_failed'
  return new GatewayError(code, { cause: error })
}
