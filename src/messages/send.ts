import { addMsg, type CallbackForm } from '../callbacks/event.ts'
import { record } from '../callbacks/record.ts'
import type { Channel } from '../channels/channel.ts'
import { type Database, isFault, type Statement } from '../database/database.ts'
import { findReach, type Reach } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'
import type { RecordReply } from '../http/idempotency.ts'
import { type Ids, msgIdOf, msgSeqOf } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Media } from '../media/media.ts'
import { insertMessage, type NewMessage, touchMedia } from './queries.ts'
import { renderVideoMessage } from './videomsg.ts'

/** What tells the two sides of a message apart. */
type Side = Pick<NewMessage, 'appId' | 'direction' | 'fromWxid' | 'toWxid' | 'state' | 'content'>

/** WeChat's MsgType of a video. */
const VIDEO = 43
/** The use of media is noted no more often than this, milliseconds: it only matters to a retention counted in days. */
const TOUCH_MS = 3_600_000

/** What it takes to owe a caller's server an event. */
export interface TellDeps {
  readonly database: Database
  readonly ids: Ids
  readonly callbackForm: CallbackForm
  /** Something was put into the jobs. */
  readonly wake: () => void
}

export interface SendDeps extends TellDeps {
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Log
  /** A message was stored for a device that was offline. */
  readonly onHeld: (appId: string) => void
}

/** The reply of every video send, to the key (the vendor's document). */
export interface VideoReply {
  toWxid: string
  createTime: null
  msgId: number
  newMsgId: number
  type: null
  aesKey: string
  fileId: string
  length: number
}

export interface Destination {
  readonly tokenId: string
  readonly appId: string
  readonly toWxid: string
}

/** Who would receive it; asked before any byte moves. */
export function reachOf({ database }: SendDeps, { tokenId, appId, toWxid }: Destination): Promise<Reach> {
  return findReach(database, tokenId, appId, toWxid)
}

/**
 * Sends media: their `missing` rows, the message, what arrives where, the events owed and the reply to an
 * Idempotency-Key in one unit. Once this resolves the message is sent, and nothing after it may fail.
 * @throws {GatewayError} media_gone when retention dropped the media meanwhile; nothing was sent
 */
export async function sendVideo(
  deps: SendDeps,
  to: Destination,
  reach: Reach,
  { media, missing }: { readonly media: Media; readonly missing: readonly Statement[] },
  recordReply: RecordReply,
): Promise<VideoReply> {
  const { database, ids, log } = deps
  const channel = deps.channels.get(reach.channel)
  if (!channel) throw new Error(`no driver for channel ${reach.channel}`)
  const newMsgId = ids.next()
  const msgId = msgIdOf(newMsgId)
  const now = Date.now()
  const content = contentOf(media, reach.wxid)
  // Written out, not spread: objects of one shape are what makes their many reads cheap (a tenth of the whole here).
  const sideOf = (side: Side): NewMessage => ({
    appId: side.appId,
    newMsgId,
    msgId,
    tokenId: to.tokenId,
    direction: side.direction,
    fromWxid: side.fromWxid,
    toWxid: side.toWxid,
    msgType: VIDEO,
    content: side.content,
    fileId: media.fileId,
    state: side.state,
    createdAt: now,
  })
  const reply: VideoReply = {
    toWxid: to.toWxid,
    createTime: null,
    msgId,
    newMsgId,
    type: null,
    aesKey: media.aesKey,
    fileId: media.fileId,
    length: media.video.length,
  }

  const { appId, toWxid } = to
  const fromWxid = reach.wxid
  const out = sideOf({ appId, direction: 'out', fromWxid, toWxid, state: 'sent', content })
  const statements: Statement[] = [...missing, { query: insertMessage(database, out), changes: 1 }]
  const receivers = new Map(reach.receivers.map((receiver) => [receiver.wxid, receiver]))
  const arrivals =
    receivers.size === 0
      ? []
      : channel.deliver({ fromWxid, toWxid, members: reach.members, msgType: VIDEO, content })
  for (const { wxid, fromWxid, content } of arrivals) {
    const receiver = receivers.get(wxid)
    if (!receiver) continue
    const state = receiver.online ? ('received' as const) : ('held' as const)
    const arrived = sideOf({ appId: receiver.appId, direction: 'in', fromWxid, toWxid: wxid, state, content })
    statements.push({ query: insertMessage(database, arrived), changes: 1 })
    if (receiver.online && reach.hasCallback) {
      statements.push(...tell(deps, { ...arrived, nickName: reach.nickName }))
    }
  }
  if (now - media.lastUsedAt > TOUCH_MS) statements.push(touchMedia(database, media.fileId, now))
  statements.push(...recordReply(reply))

  try {
    await database.atomically(statements)
  } catch (error) {
    if (isFault(error, 'guard')) throw new GatewayError('media_gone', { cause: error })
    if (isFault(error, 'full')) throw new GatewayError('storage_full', { cause: error })
    throw new GatewayError('database_failed', { cause: error })
  }
  if (reach.hasCallback) deps.wake()
  for (const { online, appId } of reach.receivers) if (!online) deps.onHeld(appId)
  log.info({ newMsgId, msgId, appId: to.appId, toWxid: to.toWxid, state: 'sent' }, 'video sent')
  return reply
}

const lastContents = new WeakMap<Media, { readonly fromWxid: string; readonly content: string }>()

/** The message's XML; the last one of each media is kept, because one device forwards it to many. */
function contentOf(media: Media, fromWxid: string): string {
  const last = lastContents.get(media)
  if (last?.fromWxid === fromWxid) return last.content
  const content = renderVideoMessage({
    fileId: media.fileId,
    aesKey: media.aesKey,
    fromWxid,
    length: media.video.length,
    playSeconds: media.playSeconds,
    md5: media.video.md5,
    thumbLength: media.thumb.length,
    thumbWidth: media.thumb.width ?? 0,
    thumbHeight: media.thumb.height ?? 0,
  })
  lastContents.set(media, { fromWxid, content })
  return content
}

/** A message that a device received, as its caller's server is told of it. */
export interface Received {
  readonly tokenId: string
  readonly appId: string
  readonly fromWxid: string
  /** The device's own wxid. */
  readonly toWxid: string
  readonly content: string
  readonly msgType: number
  readonly msgId: number
  readonly newMsgId: number
  readonly createdAt: number
  /** When its server is first told, where that is not when it was sent: the retries count from then. */
  readonly toldAt?: number
  /** Of the sender; without it the event has no PushContent. */
  readonly nickName?: string
}

/** The event of a received message, for the unit that makes it received. */
export function tell({ database, ids, callbackForm }: TellDeps, received: Received): readonly Statement[] {
  const { tokenId, appId, nickName, newMsgId, createdAt, toWxid } = received
  const pushContent = nickName === undefined ? undefined : `${nickName} : [视频]`
  const body = addMsg(callbackForm, { ...received, wxid: toWxid, msgSeq: msgSeqOf(newMsgId), pushContent })
  const at = received.toldAt ?? createdAt
  return record(database, { id: ids.next(), tokenId, appId, newMsgId, body, createdAt: at })
}
