import { createHash } from 'node:crypto'
import type { Account, Accounts } from './accounts.ts'
import { newHex, newMessageId } from './ids.ts'
import type { CdnObject, Objects } from './objects.ts'
import type { IlinkOptions, Quote, WriteOptions, Written } from './options.ts'
import { objectOf } from './read.ts'

interface WritingPlace {
  readonly options: IlinkOptions
  readonly objects: Objects
  readonly accounts: Accounts
  cdnUrl(): string
}

/** A user's messages to a bot, in the shapes that phones send. */
export function createWriting({ options, objects, accounts, cdnUrl }: WritingPlace) {
  function media(object: CdnObject, form: 'raw key' | 'hex key', plain: boolean) {
    const { param, taskid, key } = object
    const query = new URLSearchParams({ encrypted_query_param: param, taskid })
    const aesKey = form === 'raw key' ? Buffer.from(key, 'hex') : Buffer.from(key)
    return {
      encrypt_query_param: param,
      ...(plain ? {} : { aes_key: aesKey.toString('base64') }),
      encrypt_type: plain ? 0 : 1,
      full_url: `${cdnUrl()}/download?${query}`,
    }
  }

  function itemOf(what: Written, plain: boolean): Record<string, unknown> {
    if ('text' in what) {
      return {
        type: 1,
        text_item: { text: what.text },
        ...(what.quote ? { ref_msg: refOf(what.quote) } : {}),
      }
    }
    if ('image' in what) {
      const object = objects.put(what.image, plain)
      const size = object.sealedSize
      const sizes = { mid_size: size, hd_size: size, thumb_size: 2048, thumb_height: 120, thumb_width: 90 }
      const key = plain ? {} : { aeskey: object.key }
      return { type: 2, image_item: { ...key, media: media(object, 'raw key', plain), ...sizes } }
    }
    if ('voice' in what) {
      const object = objects.put(what.voice, plain)
      const sound = {
        encode_type: 4,
        bits_per_sample: 16,
        sample_rate: 16_000,
        playtime: what.playMs ?? 1000,
      }
      const text = what.transcript === undefined ? {} : { text: what.transcript }
      const size = object.sealedSize
      return { type: 3, voice_item: { media: media(object, 'hex key', plain), ...sound, size, ...text } }
    }
    if ('file' in what) {
      const object = objects.put(what.file, plain)
      const facts = { file_name: what.name, md5: object.md5, len: String(object.rawSize) }
      return { type: 4, file_item: { media: media(object, 'hex key', plain), ...facts } }
    }
    if ('video' in what) return videoOf(what, plain)
    return { ...objectOf(what.item) }
  }

  function videoOf(what: Extract<Written, { video: Buffer }>, plain: boolean): Record<string, unknown> {
    const object = objects.put(what.video, plain)
    const thumb = what.thumb && objects.put(what.thumb, plain)
    const ms = what.playMs ?? 1000
    const length = options.playLength === 'ms' ? ms : Math.round(ms / 1000)
    return {
      type: 5,
      video_item: {
        media: media(object, 'hex key', plain),
        video_size: object.sealedSize,
        ...(options.playLength === 'none' ? {} : { play_length: length }),
        video_md5: object.md5,
        ...(thumb ? { thumb_media: media(thumb, 'hex key', plain), thumb_size: thumb.sealedSize } : {}),
        ...(thumb ? { thumb_height: 225, thumb_width: 300 } : {}),
      },
    }
  }

  function refOf(quote: Quote): Record<string, unknown> {
    const { messageId, title, text, item } = quote
    const quoted = item ?? (text === undefined ? undefined : { type: 1, text_item: { text } })
    return {
      ...(messageId === undefined ? {} : { svr_id: messageId }),
      ...(title === undefined ? {} : { title }),
      ...(quoted === undefined ? {} : { message_item: quoted }),
    }
  }

  return (account: Account, userId: string, what: Written, how: WriteOptions) => {
    const contextToken = accounts.refill(account, userId)
    const messageId = how.messageId ?? newMessageId()
    const at = how.createTimeMs ?? options.now()
    const times = { create_time_ms: at, update_time_ms: at }
    const item = { ...times, is_completed: true, ...itemOf(what, how.plain ?? false) }
    const ids = [messageId]
    if (how.duplicate) ids.push(how.duplicate === 'same id' ? messageId : newMessageId())
    const clientId = how.clientId ?? newHex(16)
    for (const id of ids) {
      const seq = account.mail.length + 1
      const message = {
        seq,
        message_id: id,
        from_user_id: userId,
        to_user_id: account.botId,
        client_id: clientId,
        ...times,
        session_id: createHash('md5').update(`${userId} ${account.botId}`).digest('hex'),
        message_type: 1,
        message_state: 2,
        item_list: [item],
        context_token: contextToken,
        ...how.fields,
      }
      account.mail.push({ seq, message })
    }
    accounts.wake(account)
    return { messageId, contextToken }
  }
}
