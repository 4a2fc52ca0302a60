import type { Reply } from './gateway.ts'
import { token } from './gateway.ts'

export interface UploadReply {
  fileUrl: string
  length: number
  md5: string
  code?: string
  msg?: string
}

/** Uploads a file as a client does; a stream goes without a Content-Length. */
export async function upload(
  { baseUrl }: { readonly baseUrl: string },
  body: Buffer | ReadableStream,
  { name = 'clip.mp4', prefix = '', as = token, type = 'application/octet-stream' } = {},
): Promise<Reply<UploadReply>> {
  const response = await fetch(`${baseUrl}${prefix}/tools/uploadFile?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'x-gewe-token': as, 'content-type': type },
    body: body instanceof ReadableStream ? body : new Uint8Array(body),
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  return (await response.json()) as Reply<UploadReply>
}
