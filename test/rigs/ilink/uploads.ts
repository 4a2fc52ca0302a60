import type { Account } from './accounts.ts'
import { type Answer, json } from './fates.ts'
import type { Objects, Permit } from './objects.ts'
import type { IlinkOptions } from './options.ts'
import { isCount, sealedLength } from './read.ts'

interface UploadsPlace {
  readonly options: IlinkOptions
  readonly objects: Objects
  violate(text: string): void
  cdnUrl(): string
  knows(account: Account, userId: unknown): boolean
}

const hex32 = /^[0-9a-f]{32}$/

/** `getuploadurl`: looks at every number and gives permits, one for the file and one for a wanted thumbnail. */
export function createUploads({ options, objects, violate, cdnUrl, knows }: UploadsPlace) {
  return (account: Account, body: Record<string, unknown>): Answer => {
    const faults = faultsOf(body)
    const { filekey, aeskey, media_type: mediaType } = body
    if (typeof filekey === 'string' && !objects.freshFilekey(filekey)) {
      faults.push('filekey was used before')
    }
    for (const fault of faults) violate(`getuploadurl: ${fault}`)
    if (!knows(account, body.to_user_id)) {
      violate('getuploadurl: to_user_id is nobody this bot knows')
      return json({ ret: -1, errmsg: 'unknown user' })
    }
    if (faults.length > 0 && options.strict) return json({ ret: -2, errmsg: 'invalid arguments' })
    const shared = { filekey: String(filekey), mediaType: Number(mediaType), key: String(aeskey) }
    const main = objects.permit({ ...shared, part: 'main', ...sizes(body, '') })
    const answer = urls(main, options.uploadAnswer, '')
    if (body.no_need_thumb === true) return json(answer)
    const thumb = objects.permit({ ...shared, part: 'thumb', ...sizes(body, 'thumb_') })
    return json({ ...answer, ...urls(thumb, options.thumbAnswer, 'thumb_') })
  }

  function urls(permit: Permit, form: 'full' | 'param' | 'both' | 'none', prefix: string) {
    const { param, filekey, taskid } = permit
    const query = new URLSearchParams({ encrypted_query_param: param, filekey, taskid })
    return {
      ...(form === 'full' || form === 'both'
        ? { [`${prefix}upload_full_url`]: `${cdnUrl()}/upload?${query}` }
        : {}),
      ...(form === 'param' || form === 'both' ? { [`${prefix}upload_param`]: param } : {}),
    }
  }
}

function sizes(body: Record<string, unknown>, prefix: '' | 'thumb_') {
  return {
    rawSize: Number(body[`${prefix}rawsize`]),
    sealedSize: Number(body[`${prefix}filesize`]),
    md5: String(body[`${prefix}rawfilemd5`]),
  }
}

function faultsOf(body: Record<string, unknown>): string[] {
  const faults: string[] = []
  for (const name of ['filekey', 'aeskey'] as const) {
    const value = body[name]
    if (typeof value !== 'string' || !hex32.test(value)) faults.push(`${name} is not 32 lowercase hex digits`)
  }
  const type = body.media_type
  if (!isCount(type) || type < 1 || type > 4) faults.push('media_type is not 1 to 4')
  const noThumb = body.no_need_thumb
  if (noThumb !== undefined && typeof noThumb !== 'boolean') faults.push('no_need_thumb is no boolean')
  faults.push(...partFaults(body, ''))
  if (noThumb !== true && (type === 1 || type === 2)) faults.push(...partFaults(body, 'thumb_'))
  return faults
}

function partFaults(body: Record<string, unknown>, prefix: '' | 'thumb_'): string[] {
  const faults: string[] = []
  const raw = body[`${prefix}rawsize`]
  const sealed = body[`${prefix}filesize`]
  const md5 = body[`${prefix}rawfilemd5`]
  if (!isCount(raw)) faults.push(`${prefix}rawsize is no byte count`)
  else if (sealed !== sealedLength(raw)) {
    faults.push(`${prefix}filesize is not ${sealedLength(raw)}, what ${raw} bytes are when encrypted`)
  }
  if (typeof md5 !== 'string' || !hex32.test(md5)) {
    faults.push(`${prefix}rawfilemd5 is not 32 lowercase hex digits`)
  }
  return faults
}
