import type { MediaKind } from '../database/tables-media.ts'
import { GatewayError } from '../errors.ts'
import type { Idempotency } from '../http/idempotency.ts'
import { type Call, type Mountable, route } from '../http/route.ts'
import type { Ingest } from '../media/ingest.ts'
import type { IngestFile } from '../media/ingest-file.ts'
import type { BlobFacts, Media } from '../media/media.ts'
import type { Metrics } from '../metrics.ts'
import { downloadRoutes } from './download-routes.ts'
import type { References } from './forward.ts'
import { type Parcel, textParcel } from './parcel.ts'
import { fileReply, imageReply, textReply, videoReply } from './replies.ts'
import { revoke } from './revoke.ts'
import * as schema from './schema.ts'
import { type ParcelOf, parcelOfMedia, type SendDeps, send } from './send.ts'
import type { SentMessage } from './send-inside.ts'
import type { Sends } from './sends.ts'
import { messageState } from './state.ts'

interface MessageRoutes {
  readonly send: SendDeps
  readonly sends: Sends
  readonly ingest: Ingest
  readonly ingestFile: IngestFile
  readonly references: References
  readonly idempotency: Idempotency
  readonly metrics: Metrics
  /** A signed link to a blob, in the form that clients of the call's prefix join (contract 2.5). */
  readonly linkTo: (call: Call, blob: BlobFacts) => string
}

/** What the body of every send has. */
interface Addressed {
  readonly appId: string
  readonly toWxid: string
}

const tag = '消息模块'

/** `/message`. */
export function messageRoutes(deps: MessageRoutes): readonly Mountable[] {
  const { references, ingest, ingestFile, metrics, idempotency, sends } = deps
  const { database } = deps.send

  /** What the routes of all sends have in common. */
  const sending = (name: string, summary: string) => ({
    url: `/message/${name}` as const,
    tag,
    summary,
    failure: summary.replace(/消息$/, '失败'),
    observe: (result: string) => metrics.sends.inc({ kind: name, result }),
  })
  /**
   * @param parcelFor what is sent, given who sends it
   * @param replyOf the reply, given what was sent
   */
  const deliver = async <R>(
    name: string,
    call: Call,
    { appId, toWxid }: Addressed,
    parcelFor: (fromWxid: string) => ParcelOf,
    replyOf: (parcel: Parcel) => (sent: SentMessage) => R,
  ): Promise<R> => {
    const to = { tokenId: call.caller.tokenId, appId, toWxid }
    try {
      const reply = await idempotency.once(call, (answers) =>
        sends.run(call, to, (progress) =>
          send(deps.send, { to, replyOf, answers, isGone: call.isGone, progress }, parcelFor),
        ),
      )
      metrics.sends.inc({ kind: name, result: 'ok' })
      return reply
    } catch (error) {
      if (GatewayError.from(error).code === 'media_gone') references.forget()
      throw error
    }
  }
  const forward = <R>(
    name: string,
    kind: MediaKind,
    call: Call,
    body: Addressed & { readonly xml: string },
    replyOf: (toWxid: string, media: Media) => (sent: SentMessage) => R,
  ): Promise<R> => {
    const { tokenId } = call.caller
    const parcelFor = parcelOfMedia(async (use) =>
      use(await references.byXml(tokenId, kind, body.xml, 'forward'), []),
    )
    return deliver(name, call, body, parcelFor, (parcel) => replyOf(body.toWxid, mediaOf(parcel)))
  }

  return [
    route({
      ...sending('postText', '发送文字消息'),
      body: schema.textRequest,
      data: schema.plainReply,
      handle: (body, call) =>
        deliver(
          'postText',
          call,
          body,
          () => (use) => use(textParcel(body.content), []),
          () => textReply(body.toWxid),
        ),
    }),
    route({
      ...sending('postImage', '发送图片消息'),
      body: schema.imageRequest,
      data: schema.imageReply,
      handle: (body, call) => {
        const url = (body.imgUrl ?? body.imageUrl)?.trim()
        if (!url) throw new GatewayError('request_invalid', { reason: 'imgUrl 不能为空，请填写图片的链接' })
        const request = { tokenId: call.caller.tokenId, kind: 'image' as const, url, name: '' }
        const parcelFor = parcelOfMedia((use, progress) => ingestFile(request, use, progress))
        return deliver('postImage', call, body, parcelFor, (sent) => imageReply(body.toWxid, mediaOf(sent)))
      },
    }),
    route({
      ...sending('postFile', '发送文件消息'),
      body: schema.fileRequest,
      data: schema.plainReply,
      handle: (body, call) => {
        const { tokenId } = call.caller
        const request = { tokenId, kind: 'file' as const, url: body.fileUrl.trim(), name: body.fileName }
        const parcelFor = parcelOfMedia((use, progress) => ingestFile(request, use, progress))
        return deliver('postFile', call, body, parcelFor, () => fileReply(body.toWxid))
      },
    }),
    route({
      ...sending('postVideo', '发送视频消息'),
      body: schema.videoRequest,
      data: schema.videoReply,
      handle: (body, call) => {
        const request = {
          tokenId: call.caller.tokenId,
          videoUrl: body.videoUrl.trim(),
          thumbUrl: body.thumbUrl.trim(),
          videoDuration: Number(body.videoDuration),
        }
        const parcelFor = parcelOfMedia((use, progress) => ingest(request, use, progress))
        return deliver('postVideo', call, body, parcelFor, (sent) => videoReply(body.toWxid, mediaOf(sent)))
      },
    }),
    route({
      ...sending('forwardVideo', '转发视频消息'),
      body: schema.forwardRequest,
      data: schema.videoReply,
      handle: (body, call) => forward('forwardVideo', 'video', call, body, videoReply),
    }),
    route({
      ...sending('forwardImage', '转发图片消息'),
      body: schema.forwardRequest,
      data: schema.imageReply,
      handle: (body, call) => forward('forwardImage', 'image', call, body, imageReply),
    }),
    route({
      ...sending('forwardFile', '转发文件消息'),
      body: schema.forwardRequest,
      data: schema.plainReply,
      handle: (body, call) => forward('forwardFile', 'file', call, body, fileReply),
    }),
    route({
      url: '/message/revokeMsg',
      tag,
      summary: '撤回消息',
      failure: '撤回消息失败',
      body: schema.revokeRequest,
      data: undefined,
      handle: ({ appId, toWxid, msgId, msgid, newMsgId }, { caller }) =>
        revoke(deps.send, { tokenId: caller.tokenId, appId, toWxid }, { msgId: msgId ?? msgid, newMsgId }),
    }),
    route({
      url: '/message/cancelSend',
      tag,
      summary: '取消发送（本网关扩展）',
      failure: '取消发送失败',
      body: schema.cancelRequest,
      data: schema.cancelReply,
      handle: async ({ idempotencyKey }, { caller }) => ({
        cancelled: sends.cancel(caller.tokenId, idempotencyKey),
      }),
    }),
    route({
      url: '/message/getMsgState',
      tag,
      summary: '查询消息状态（本网关扩展）',
      failure: '查询消息状态失败',
      body: schema.stateRequest,
      data: schema.stateReply,
      handle: ({ appId, newMsgId }, { caller }) => messageState(deps.send, caller.tokenId, appId, newMsgId),
    }),
    ...downloadRoutes({ database, references, linkTo: deps.linkTo }),
  ]
}

function mediaOf({ media }: Parcel): Media {
  if (media) return media
  throw new Error('a parcel of media has none')
}
