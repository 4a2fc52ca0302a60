import { Type } from 'typebox'
import type { Config } from '../config.ts'
import type { Call, Mountable } from '../http/route.ts'
import { streamedRoute } from '../http/streamed.ts'
import { cleanName } from '../media/file-name.ts'
import type { BlobFacts } from '../media/media.ts'
import { keepUpload, type UploadDeps } from '../media/upload.ts'

interface UploadRoutes extends UploadDeps {
  readonly config: Pick<Config, 'maxVideoBytes' | 'maxImageBytes' | 'maxFileBytes'>
  /** As the message routes have it. */
  readonly linkTo: (call: Call, blob: BlobFacts) => string
}

/** `/tools/uploadFile`: a file gets a link of ours, to be sent by it. */
export function uploadRoutes(deps: UploadRoutes): readonly Mountable[] {
  const { maxVideoBytes, maxFileBytes } = deps.config
  return [
    streamedRoute({
      url: '/tools/uploadFile',
      tag: '工具模块',
      summary: '上传文件（本网关扩展）',
      failure: '上传文件失败',
      query: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 1024, description: '文件名' }),
      }),
      data: Type.Object({
        fileUrl: Type.String({ description: '文件链接，最多7天有效；可用作各发送接口的链接，不再下载' }),
        length: Type.Integer({ description: '文件大小，字节' }),
        md5: Type.String({ description: '文件的md5' }),
      }),
      maxBytes: Math.max(maxVideoBytes, maxFileBytes),
      handle: async ({ query, body }, call) => {
        const announced = Number(call.request.headers['content-length'] ?? Number.NaN)
        const file = {
          source: body,
          name: cleanName(query.name),
          announced: Number.isSafeInteger(announced) ? announced : undefined,
        }
        const blob = await keepUpload(deps, call.caller.tokenId, file)
        return { fileUrl: deps.linkTo(call, blob), length: blob.length, md5: blob.md5 }
      },
    }),
  ]
}
