import type { Database } from '../database/database.ts'
import type { MediaKind } from '../database/tables-media.ts'
import { ownDevice } from '../devices/queries.ts'
import { GatewayError } from '../errors.ts'
import { type Call, type Mountable, route } from '../http/route.ts'
import type { BlobFacts, Media } from '../media/media.ts'
import type { References } from './forward.ts'
import * as schema from './schema.ts'

interface DownloadRoutes {
  readonly database: Database
  readonly references: References
  /** A signed link to a blob, in the form that clients of the call's prefix join (contract 2.5). */
  readonly linkTo: (call: Call, blob: BlobFacts) => string
}

const tag = '消息模块'

/** The routes below `/message` that give links to media. */
export function downloadRoutes({ database, references, linkTo }: DownloadRoutes): readonly Mountable[] {
  const byXml = async (
    { appId, xml }: { appId: string; xml: string },
    kind: MediaKind,
    call: Call,
    partOf: (media: Media) => BlobFacts = ({ body }) => body,
  ) => {
    await ownDevice(database, call.caller.tokenId, appId)
    const media = await references.byXml(call.caller.tokenId, kind, xml, 'download')
    return { fileUrl: linkTo(call, partOf(media)) }
  }
  return [
    route({
      url: '/message/downloadVideo',
      tag,
      summary: '下载视频',
      failure: '下载视频失败',
      body: schema.downloadRequest,
      data: schema.downloadReply,
      handle: (body, call) => byXml(body, 'video', call),
    }),
    route({
      url: '/message/downloadImage',
      tag,
      summary: '下载图片',
      failure: '下载图片失败',
      body: schema.downloadImageRequest,
      data: schema.downloadReply,
      // There is one size beside the thumbnail, whichever is asked for.
      handle: (body, call) =>
        byXml(body, 'image', call, (media) =>
          Number(body.type) === 3 && media.thumb ? media.thumb : media.body,
        ),
    }),
    route({
      url: '/message/downloadVoice',
      tag,
      summary: '下载语音',
      failure: '下载语音失败',
      body: schema.downloadVoiceRequest,
      data: schema.downloadReply,
      handle: (body, call) => byXml(body, 'voice', call),
    }),
    route({
      url: '/message/downloadFile',
      tag,
      summary: '下载文件',
      failure: '下载文件失败',
      body: schema.downloadRequest,
      data: schema.downloadReply,
      handle: (body, call) => byXml(body, 'file', call),
    }),
    route({
      url: '/message/downloadCdn',
      tag,
      summary: '下载cdn文件',
      failure: '下载cdn文件失败',
      body: schema.downloadCdnRequest,
      data: schema.downloadReply,
      async handle({ appId, fileId, aesKey, type }, call) {
        await ownDevice(database, call.caller.tokenId, appId)
        const media = await references.byFileId(call.caller.tokenId, fileId, aesKey)
        return { fileUrl: linkTo(call, partOfType(media, String(type).trim())) }
      },
    }),
  ]
}

/** Numbers of the contract (2.5). A voice has none there, and is taken for a file. */
const typesOf: Readonly<Record<MediaKind, readonly string[]>> = {
  video: ['4', '3'],
  image: ['1', '2', '3'],
  file: ['5'],
  voice: ['5'],
}

function partOfType(media: Media, type: string): BlobFacts {
  const part = type === '3' ? media.thumb : media.body
  const types = typesOf[media.kind]
  if (part && types.includes(type)) return part
  const right = types.map((number) => `"${number}"`).join('、')
  throw new GatewayError('request_invalid', {
    reason: `这个 cdn 文件的 type 应为 ${right}，收到 ${type.slice(0, 8)}`,
  })
}
