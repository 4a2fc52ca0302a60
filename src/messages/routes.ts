import type { Statement } from '../database/database.ts'
import { ownDevice } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'
import type { Idempotency, RecordReply } from '../http/idempotency.ts'
import { type Call, type Mountable, route } from '../http/route.ts'
import type { Ingest } from '../media/ingest.ts'
import type { BlobFacts, Media } from '../media/media.ts'
import type { Metrics } from '../metrics.ts'
import type { References } from './forward.ts'
import { revoke } from './revoke.ts'
import * as schema from './schema.ts'
import { type Destination, reachOf, type SendDeps, sendVideo, type VideoReply } from './send.ts'

interface MessageRoutes {
  readonly send: SendDeps
  readonly ingest: Ingest
  readonly references: References
  readonly idempotency: Idempotency
  readonly metrics: Metrics
  /** A signed link to a blob, in the form that clients of the call's prefix join (contract 2.5). */
  readonly linkTo: (call: Call, blob: BlobFacts) => string
}

const tag = '消息模块'

/** `/message`. */
export function messageRoutes(deps: MessageRoutes): readonly Mountable[] {
  const { references, ingest, linkTo, metrics } = deps
  return [
    route({
      url: '/message/postVideo',
      tag,
      summary: '发送视频消息',
      failure: '发送视频失败',
      observe: (result) => metrics.sends.inc({ kind: 'postVideo', result }),
      body: schema.videoRequest,
      data: schema.videoReply,
      handle: ({ appId, toWxid, videoUrl, thumbUrl, videoDuration }, call) =>
        send(deps, 'postVideo', call, { tokenId: call.caller.tokenId, appId, toWxid }, (use) =>
          ingest(
            {
              tokenId: call.caller.tokenId,
              videoUrl: videoUrl.trim(),
              thumbUrl: thumbUrl.trim(),
              videoDuration: Number(videoDuration),
            },
            use,
          ),
        ),
    }),
    route({
      url: '/message/forwardVideo',
      tag,
      summary: '转发视频消息',
      failure: '转发视频失败',
      observe: (result) => metrics.sends.inc({ kind: 'forwardVideo', result }),
      body: schema.forwardRequest,
      data: schema.videoReply,
      handle: ({ appId, toWxid, xml }, call) =>
        send(deps, 'forwardVideo', call, { tokenId: call.caller.tokenId, appId, toWxid }, async (use) =>
          use(await references.byXml(call.caller.tokenId, xml), []),
        ),
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
      url: '/message/downloadVideo',
      tag,
      summary: '下载视频',
      failure: '下载视频失败',
      body: schema.downloadVideoRequest,
      data: schema.downloadReply,
      async handle({ appId, xml }, call) {
        await ownDevice(deps.send.database, call.caller.tokenId, appId)
        const media = await references.byXml(call.caller.tokenId, xml)
        return { fileUrl: linkTo(call, media.video) }
      },
    }),
    route({
      url: '/message/downloadCdn',
      tag,
      summary: '下载cdn文件',
      failure: '下载cdn文件失败',
      body: schema.downloadCdnRequest,
      data: schema.downloadReply,
      async handle({ appId, fileId, aesKey, type }, call) {
        await ownDevice(deps.send.database, call.caller.tokenId, appId)
        const media = await references.byFileId(call.caller.tokenId, fileId, aesKey)
        return { fileUrl: linkTo(call, partOf(media, String(type).trim())) }
      },
    }),
  ]
}

/** Numbers of the contract (2.5); this gateway's media are videos with thumbnails. */
function partOf(media: Media, type: string): BlobFacts {
  if (type === '4') return media.video
  if (type === '3') return media.thumb
  throw new GatewayError('request_invalid', {
    reason: `type 应为 "4"（视频）或 "3"（缩略图），收到 ${type.slice(0, 8)}`,
  })
}

/** Gives the media of a send to `use`, with the rows that are still missing for them. */
type MediaOf = <T>(use: (media: Media, missing: readonly Statement[]) => Promise<T>) => Promise<T>

/** One send: asks who would receive it, gets the media, and sends unless the caller has hung up meanwhile. */
async function send(
  deps: MessageRoutes,
  kind: 'postVideo' | 'forwardVideo',
  call: Call,
  to: Destination,
  mediaOf: MediaOf,
): Promise<VideoReply> {
  const work = async (record: RecordReply) => {
    const reach = await reachOf(deps.send, to)
    return mediaOf(async (media, missing) => {
      if (!call.isGone()) return sendVideo(deps.send, to, reach, { media, missing }, record)
      // The work is not lost: the caller's retry finds the media here.
      if (missing.length > 0) await deps.send.database.atomically(missing)
      return undefined
    })
  }
  try {
    const reply = await deps.idempotency.once(call, async (record) => {
      const sent = await work(record)
      if (sent) return sent
      throw new GatewayError('caller_gone', {
        reason: '调用方在消息发出前断开了连接，消息没有发出；媒体已保存，重试会很快',
      })
    })
    deps.metrics.sends.inc({ kind, result: 'ok' })
    return reply
  } catch (error) {
    if (GatewayError.from(error).code === 'media_gone') deps.references.forget()
    throw error
  }
}
