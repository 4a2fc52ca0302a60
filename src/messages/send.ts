import type { Channel, InsideChannel, RemoteChannel } from '../channels/channel.ts'
import { isFault, type Statement } from '../database/database.ts'
import { FILE_HELPER, isChatroomId } from '../devices/device.ts'
import { findReach, type InsideReach, type RemoteReach } from '../devices/reach.ts'
import { GatewayError } from '../errors.ts'
import type { Answers } from '../http/idempotency.ts'
import type { Media } from '../media/media.ts'
import type { Progress } from '../media/progress.ts'
import { mediaParcel, type Parcel } from './parcel.ts'
import { type Destination, type SentMessage, sendInside, unwritten } from './send-inside.ts'
import { type RemoteDeps, sendRemote } from './send-remote.ts'
import type { Contact } from './window.ts'

export interface SendDeps extends RemoteDeps {
  readonly channels: ReadonlyMap<string, Channel>
}

/** The way a message will take. */
export type Way =
  | { readonly kind: 'inside'; readonly reach: InsideReach; readonly channel: InsideChannel }
  | {
      readonly kind: 'remote'
      readonly reach: RemoteReach
      readonly channel: RemoteChannel
      readonly contact: Contact
    }

/**
 * Whether and how a message can reach `toWxid`; asked before any byte moves.
 * @throws {GatewayError} device_unknown, device_offline, receiver_unknown, channel_unsupported, window_*,
 *   channel_limited
 */
export async function wayTo(deps: SendDeps, { tokenId, appId, toWxid }: Destination): Promise<Way> {
  const isRemote = (name: string) => deps.channels.get(name)?.kind === 'remote'
  const reach = await findReach(deps.database, tokenId, appId, toWxid, isRemote)
  const channel = deps.channels.get(reach.channel)
  if (reach.kind === 'inside' && channel?.kind === 'inside') return { kind: 'inside', reach, channel }
  if (reach.kind !== 'remote' || channel?.kind !== 'remote') throw new Error(`no driver for ${reach.channel}`)
  refuseStrangeNames(channel, reach.wxid, toWxid)
  return { kind: 'remote', reach, channel, contact: await deps.window.open(appId, toWxid) }
}

function refuseStrangeNames(channel: RemoteChannel, wxid: string, toWxid: string): void {
  if (isChatroomId(toWxid) && !channel.capabilities.chatrooms) {
    throw new GatewayError('channel_unsupported', {
      reason: `此设备所在的 ${channel.name} 通道没有群聊，只能发给写过消息给它的人`,
    })
  }
  if (toWxid === FILE_HELPER || toWxid === wxid) {
    throw new GatewayError('receiver_unknown', {
      reason: `${toWxid} 不是能收消息的联系人；${channel.name} 通道只能发给写过消息给它的人，请用 /contacts/fetchContactsList 查看`,
    })
  }
}

/** Gives what a send is about to `use`, with the rows that are still missing for it. */
export type ParcelOf = <T>(
  use: (parcel: Parcel, missing: readonly Statement[]) => Promise<T>,
  progress: Progress,
) => Promise<T>

/** The same for media, once it is known who sends them. */
export type MediaOf = <T>(
  use: (media: Media, missing: readonly Statement[]) => Promise<T>,
  progress: Progress,
) => Promise<T>

/** What a send needs to know of its caller. */
export interface Asking<R> {
  readonly to: Destination
  readonly replyOf: (parcel: Parcel) => (sent: SentMessage) => R
  readonly answers: Answers
  /** Whether the caller has hung up. */
  readonly isGone: () => boolean
  readonly progress: Progress
}

/** One send: asks for the way, gets what is to be sent, and sends it unless the caller has hung up meanwhile. */
export async function send<R>(
  deps: SendDeps,
  asking: Asking<R>,
  parcelFor: (fromWxid: string) => ParcelOf,
): Promise<R> {
  const { to, answers, isGone, progress } = asking
  const way = await wayTo(deps, to)
  return parcelFor(way.reach.wxid)(async (parcel, missing) => {
    const answer = { replyOf: asking.replyOf(parcel), given: answers.given }
    if (way.kind === 'inside' && !isGone()) {
      progress.stage('send')
      progress.commit()
      return sendInside(deps, way.channel, to, way.reach, { parcel, missing }, answer)
    }
    // The work is not lost: the caller's retry finds the media here.
    if (missing.length > 0) await keep(deps, missing)
    if (way.kind === 'remote' && !isGone()) {
      const { reach, channel, contact } = way
      return sendRemote(deps, {
        to,
        reach,
        channel,
        contact,
        parcel,
        ...answer,
        feared: answers.feared,
        isGone,
        progress,
      })
    }
    throw new GatewayError('caller_gone', {
      reason: '调用方在消息发出前断开了连接，消息没有发出；媒体已保存，重试会很快',
    })
  }, progress)
}

async function keep({ database }: SendDeps, missing: readonly Statement[]): Promise<void> {
  try {
    await database.atomically(missing)
  } catch (error) {
    throw isFault(error, 'foreign') ? new GatewayError('media_gone', { cause: error }) : unwritten(error)
  }
}

/** Media as a parcel of whoever sends them. */
export const parcelOfMedia =
  (mediaOf: MediaOf) =>
  (fromWxid: string): ParcelOf =>
  (use, progress) =>
    mediaOf((media, missing) => use(mediaParcel(media, fromWxid), missing), progress)
