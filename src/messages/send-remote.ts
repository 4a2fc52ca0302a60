import type { RemoteBody, RemoteChannel } from '../channels/channel.ts'
import type { Statement } from '../database/database.ts'
import type { RemoteReach } from '../devices/queries.ts'
import { onlineDevice } from '../devices/queries.ts'
import type { Session, Sessions } from '../devices/sessions.ts'
import { GatewayError } from '../errors.ts'
import { type Ids, msgIdOf } from '../ids.ts'
import type { Vault } from '../vault.ts'
import type { Parcel } from './parcel.ts'
import { insertPending, settlePending } from './pending.ts'
import type { Destination, InsideDeps, SentMessage } from './send-inside.ts'
import type { Uploads } from './uploads.ts'
import type { Contact, SendWindow } from './window.ts'

/** How often the outcome of a send is written again when the database does not take it. */
const WRITES = 5

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
}

/** Where the context of a contact's messages belongs, for the vault. */
export const contextPlace = (appId: string, wxid: string): string => `context ${appId} ${wxid}`

/**
 * Sends over a network beyond the process: the file is moved to its CDN, the contact's turn is waited for, and the
 * message is handed over once, and never again by itself. Before that moment a row says that it is about to happen,
 * so that a process that dies in the middle leaves a message that is told to be `unknown`, and not silence.
 * @throws {GatewayError} channel_*, window_*, upload_failed, session_dead, caller_gone: nothing was sent; send_unknown
 */
export async function sendRemote<R>(deps: RemoteDeps, send: RemoteSend<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    const { session, credentials } = await deps.sessions.live(send.to.appId)
    const { body, reused } = await bodyOf(deps, send, session, credentials)
    await deps.window.take(send.contact, send.isGone)
    try {
      return await handOver(deps, send, session, credentials, body)
    } catch (error) {
      const stale =
        reused && attempt === 1 && error instanceof GatewayError && error.code === 'channel_refused'
      const { media } = send.parcel
      if (!stale || body.kind === 'text' || !media) throw error
      // A refusal is certain, and an older upload may have gone from the CDN: once more with a new one.
      await deps.uploads.forget(send.to.appId, media.fileId, body.reference)
      deps.log.info(
        { appId: send.to.appId, fileId: media.fileId },
        'an upload has gone stale and is made anew',
      )
    }
  }
}

async function bodyOf<R>(
  deps: RemoteDeps,
  { parcel, to, channel }: RemoteSend<R>,
  session: Session,
  credentials: string,
): Promise<{ readonly body: RemoteBody; readonly reused: boolean }> {
  const { media } = parcel
  if (!media) return { body: { kind: 'text', text: parcel.content }, reused: false }
  try {
    const { appId, toWxid } = to
    const { reference, reused } = await deps.uploads.reference({ appId, toWxid, channel, credentials }, media)
    return { body: { kind: 'file', file: deps.uploads.outgoing(media), reference }, reused }
  } catch (error) {
    throw await afterDeath(deps, to, session, error)
  }
}

async function handOver<R>(
  deps: RemoteDeps,
  send: RemoteSend<R>,
  session: Session,
  credentials: string,
  body: RemoteBody,
): Promise<R> {
  const { database, ids, holder, window, log } = deps
  const { to, contact, channel, parcel, reach } = send
  const newMsgId = ids.next()
  const sent: SentMessage = { newMsgId, msgId: msgIdOf(newMsgId), createdAt: Date.now() }
  const about = { newMsgId, appId: to.appId, toWxid: to.toWxid, msgType: parcel.msgType }
  const reply = send.replyOf(sent)
  try {
    await database.atomically([
      insertPending(database, { ...sent, ...to, fromWxid: reach.wxid, parcel, holder }),
      ...send.feared(new GatewayError('send_unknown')),
    ])
  } catch (error) {
    await window.giveBack(contact)
    throw error
  }
  const context =
    contact.context === null ? undefined : deps.vault.open(contact.context, contextPlace(to.appId, to.toWxid))
  try {
    const { remoteId } = await channel.send(credentials, { toWxid: to.toWxid, context, body })
    const outcome = settlePending(database, newMsgId, to.appId, { state: 'sent', remoteId: remoteId ?? null })
    await written(deps, outcome, send.given(reply))
    // Without an id WeChat has only accepted it; such messages have been seen to arrive late or never.
    log.info({ ...about, state: remoteId ? 'sent' : 'accepted', remoteId }, 'message sent')
    return reply
  } catch (error) {
    const failure = error instanceof GatewayError ? error : new GatewayError('send_unknown', { cause: error })
    const state = failure.sent === 'unknown' ? ('unknown' as const) : ('failed' as const)
    await written(deps, settlePending(database, newMsgId, to.appId, { state, failure: failure.reason }), [])
    log.warn({ ...about, state, code: failure.code, reason: failure.reason }, 'message not sent')
    if (failure.code === 'channel_limited') await window.block(contact)
    else if (failure.sent === 'no') await window.giveBack(contact)
    throw await afterDeath(deps, to, session, failure)
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
    }
  }
}

/** A session that died makes its device offline at once. @returns what the caller is to be told */
async function afterDeath(
  deps: RemoteDeps,
  { tokenId, appId }: Destination,
  session: Session,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof GatewayError) || error.code !== 'session_dead') return error
  const device = await onlineDevice(deps.database, tokenId, appId).catch(() => undefined)
  if (device) await deps.sessions.died(session, device)
  return error
}
