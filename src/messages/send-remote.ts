import { setTimeout as pause } from 'node:timers/promises'
import type { RemoteBody, RemoteChannel } from '../channels/channel.ts'
import type { Statement } from '../database/database.ts'
import { onlineDevice } from '../devices/queries.ts'
import type { RemoteReach } from '../devices/reach.ts'
import type { Session } from '../devices/session-queries.ts'
import type { Sessions } from '../devices/sessions.ts'
import { GatewayError } from '../errors.ts'
import { type Ids, msgIdOf } from '../ids.ts'
import type { Progress } from '../media/progress.ts'
import type { Vault } from '../vault.ts'
import type { Parcel } from './parcel.ts'
import { insertPending, settlePending } from './pending.ts'
import { touchMedia } from './queries.ts'
import { type Destination, type InsideDeps, type SentMessage, unwritten } from './send-inside.ts'
import type { Uploaded, Uploads } from './uploads.ts'
import { type Contact, contextPlace, type SendWindow } from './window.ts'

/** How often the outcome of a send is written when the database does not take it, and the first pause between, milliseconds. */
const WRITES = 5
const REWRITE_MS = 200

export interface RemoteDeps extends InsideDeps {
  readonly ids: Ids
  readonly sessions: Sessions
  readonly uploads: Uploads
  readonly window: SendWindow
  readonly vault: Vault
  /** Names this process. */
  readonly holder: string
}

export interface RemoteSend<R> {
  readonly to: Destination
  readonly reach: RemoteReach
  readonly channel: RemoteChannel
  readonly contact: Contact
  readonly parcel: Parcel
  readonly replyOf: (sent: SentMessage) => R
  /** What must become true with the send, or with its having been begun. */
  readonly given: (reply: R) => Statement[]
  readonly feared: (error: GatewayError) => Statement[]
  /** Whether the caller has hung up; asked until the message leaves. */
  readonly isGone: () => boolean
  readonly progress: Progress
}

/**
 * Sends over a network beyond the process: the file is moved to its CDN, the contact's turn is waited for, and the
 * message is handed over once, and never again by itself. Before that moment a row says that it is about to happen,
 * so that a process that dies in the middle leaves a message that is told to be `unknown`, and not silence.
 * @throws {GatewayError} channel_*, window_*, upload_failed, session_dead, caller_gone, send_cancelled: nothing
 *   was sent; send_unknown
 */
export async function sendRemote<R>(deps: RemoteDeps, send: RemoteSend<R>): Promise<R> {
  const { to, contact } = send
  for (let mayBeStale = true; ; mayBeStale = false) {
    const { session, credentials } = await deps.sessions.live(to.appId)
    let uploaded: Uploaded | undefined
    let askedNetwork = true
    try {
      uploaded = await upload(deps, send, credentials)
      askedNetwork = false
      send.progress.stage('send')
      const taken = await deps.window.take(contact, send.isGone, send.progress.signal)
      askedNetwork = true
      const body = bodyOf(deps, send.parcel, uploaded)
      return await handOver(deps, { ...send, contact: taken }, credentials, body)
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : undefined
      if (askedNetwork && uploaded?.reused && mayBeStale && refusals.has(code ?? '') && send.parcel.media) {
        // A refusal is certain, and an older upload may have gone from the CDN: once more with a new one.
        const { fileId } = send.parcel.media
        await deps.uploads.forget(to.appId, fileId, uploaded.reference)
        deps.log.info({ appId: to.appId, fileId }, 'an upload may have gone stale and is made anew')
        continue
      }
      if (askedNetwork && code === 'channel_limited') await deps.window.block(contact)
      if (code === 'session_dead') await died(deps, to, session)
      throw error
    }
  }
}

/** What WeChat may say of a reference that it has no more. */
const refusals: ReadonlySet<string> = new Set(['channel_refused', 'channel_limited'])

async function upload<R>(
  { uploads }: RemoteDeps,
  { parcel, to, channel, progress }: RemoteSend<R>,
  credentials: string,
): Promise<Uploaded | undefined> {
  const { appId, toWxid } = to
  return parcel.media && uploads.reference({ appId, toWxid, channel, credentials }, parcel.media, progress)
}

function bodyOf(
  { uploads }: RemoteDeps,
  { media, content }: Parcel,
  uploaded: Uploaded | undefined,
): RemoteBody {
  if (!media || !uploaded) return { kind: 'text', text: content }
  return { kind: 'file', file: uploads.outgoing(media), reference: uploaded.reference }
}

async function handOver<R>(
  deps: RemoteDeps,
  send: RemoteSend<R>,
  credentials: string,
  body: RemoteBody,
): Promise<R> {
  const { database, ids, holder, window, log, feed } = deps
  const { to, contact, channel, parcel, reach } = send
  const newMsgId = ids.next()
  const sent: SentMessage = { newMsgId, msgId: msgIdOf(newMsgId), createdAt: Date.now() }
  const about = { newMsgId, appId: to.appId, toWxid: to.toWxid, msgType: parcel.msgType }
  const reply = send.replyOf(sent)
  try {
    send.progress.commit(newMsgId)
    await database.atomically([
      insertPending(database, { ...sent, ...to, fromWxid: reach.wxid, parcel, holder }),
      ...(parcel.media ? touchMedia(database, to.tokenId, parcel.media, sent.createdAt) : []),
      ...send.feared(new GatewayError('send_unknown')),
    ])
  } catch (error) {
    // The same database may not take this either; what failed first is what the caller should hear of.
    await Promise.allSettled([window.giveBack(contact)])
    throw error instanceof GatewayError ? error : unwritten(error)
  }
  const changed = () => feed.publish(to.tokenId, 'message', { appId: to.appId, peer: to.toWxid, newMsgId })
  changed()
  const place = contextPlace(to.appId, to.toWxid)
  const context = contact.context === null ? undefined : deps.vault.open(contact.context, place)
  try {
    const { remoteId } = await channel.send(credentials, { toWxid: to.toWxid, context, body })
    const outcome = settlePending(database, newMsgId, to.appId, { state: 'sent', remoteId: remoteId ?? null })
    await written(deps, outcome, send.given(reply))
    changed()
    // Without an id WeChat has only accepted it; such messages have been seen to arrive late or never.
    log.info({ ...about, state: remoteId ? 'sent' : 'accepted', remoteId }, 'message sent')
    return reply
  } catch (error) {
    const failure = error instanceof GatewayError ? error : new GatewayError('send_unknown', { cause: error })
    const state = failure.sent === 'unknown' ? ('unknown' as const) : ('failed' as const)
    await written(deps, settlePending(database, newMsgId, to.appId, { state, failure: failure.reason }), [])
    changed()
    log.warn({ ...about, state, code: failure.code, reason: failure.reason }, 'message not sent')
    if (failure.sent === 'no') await window.giveBack(contact)
    throw failure
  }
}

/** The outcome is a fact by now: a database that is away must not turn a sent message into an error. */
async function written(
  { database, log }: RemoteDeps,
  outcome: Statement,
  also: readonly Statement[],
): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      await database.atomically(count === WRITES ? [outcome] : [outcome, ...also])
      return
    } catch (error) {
      log.error({ err: error }, 'the outcome of a send could not be written')
      if (count === WRITES) return
      await pause(count * REWRITE_MS)
    }
  }
}

/** A session that died makes its device offline at once. */
async function died(deps: RemoteDeps, { tokenId, appId }: Destination, session: Session): Promise<void> {
  const device = await onlineDevice(deps.database, tokenId, appId).catch(() => undefined)
  if (device) await deps.sessions.died(session, device)
}
