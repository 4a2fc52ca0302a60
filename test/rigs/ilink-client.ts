import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import type { IlinkServer } from './ilink-server.ts'

type Fields = Record<string, unknown>

/** A request that is right but for what a test changes; `undefined` takes a field or header away. */
interface Changes {
  readonly headers?: Record<string, string | undefined>
  readonly fields?: Fields
}

/** What an upload became, and what a message says of it. */
export interface Sealed {
  readonly param: string
  readonly key: string
  readonly sealed: Buffer
}

/** The barest right client of one bot: what a test of the rig bends. */
export function plainClient(rig: IlinkServer, token: string, to: string) {
  const base = { base_info: { channel_version: '1.2.3', bot_agent: 'Rig/1.0 (test)' } }

  async function post(endpoint: string, body: Fields, { headers = {}, fields = {} }: Changes = {}) {
    const uin = Buffer.from(String(randomBytes(4).readUInt32BE())).toString('base64')
    const all = {
      'content-type': 'application/json',
      authorizationtype: 'ilink_bot_token',
      authorization: `Bearer ${token}`,
      'x-wechat-uin': uin,
      'ilink-app-id': 'bot',
      'ilink-app-clientversion': '66051',
      ...headers,
    }
    const response = await fetch(`${rig.url}/ilink/bot/${endpoint}`, {
      method: 'POST',
      headers: Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
      body: JSON.stringify({ ...body, ...base, ...fields }),
    })
    const text = await response.text()
    return { status: response.status, text, json: JSON.parse(text || 'null') as Fields }
  }

  async function cdn(url: string, body: Buffer | ReadableStream, headers: Record<string, string> = {}) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', ...headers },
      body: body instanceof Buffer ? new Uint8Array(body) : body,
      duplex: 'half',
    })
    return { status: response.status, param: response.headers.get('x-encrypted-param') ?? '' }
  }

  /** What `getuploadurl` is asked for these bytes, and with them a thumbnail. */
  function announce(bytes: Buffer, mediaType: number, key: string, thumb?: Buffer): Fields {
    const part = (prefix: string, plain: Buffer) => ({
      [`${prefix}rawsize`]: plain.length,
      [`${prefix}rawfilemd5`]: createHash('md5').update(plain).digest('hex'),
      [`${prefix}filesize`]: seal(plain, key).length,
    })
    return {
      filekey: randomBytes(16).toString('hex'),
      media_type: mediaType,
      to_user_id: to,
      ...part('', bytes),
      ...(thumb ? part('thumb_', thumb) : {}),
      no_need_thumb: thumb === undefined,
      aeskey: key,
    }
  }

  return {
    post,
    cdn,
    announce,
    poll: (cursor: unknown, changes?: Changes) => post('getupdates', { get_updates_buf: cursor }, changes),
    async upload(bytes: Buffer, mediaType: number): Promise<Sealed> {
      const key = randomBytes(16).toString('hex')
      const { json } = await post('getuploadurl', announce(bytes, mediaType, key))
      const sealed = seal(bytes, key)
      const { param } = await cdn(String(json.upload_full_url), sealed)
      return { param, key, sealed }
    },
    /** Sends one item, or whatever else `msg` says. */
    send(item: Fields | undefined, contextToken: unknown, msg: Fields = {}) {
      return post('sendmessage', {
        msg: {
          from_user_id: '',
          to_user_id: to,
          client_id: randomBytes(4).toString('hex'),
          message_type: 2,
          message_state: 2,
          item_list: item ? [item] : undefined,
          context_token: contextToken,
          ...msg,
        },
      })
    },
    async status(qrcode: string, more = '', url = rig.url) {
      const headers = { 'ilink-app-id': 'bot', 'ilink-app-clientversion': '66051' }
      const response = await fetch(`${url}/ilink/bot/get_qrcode_status?qrcode=${qrcode}${more}`, { headers })
      return (await response.json()) as Fields
    },
  }
}

export type PlainClient = ReturnType<typeof plainClient>

export function seal(bytes: Buffer, key: string): Buffer {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

/** The reference of an upload as a message holds it. */
export function reference({ param, key }: Sealed) {
  return { encrypt_query_param: param, aes_key: Buffer.from(key).toString('base64'), encrypt_type: 1 }
}
