import type { Reply } from './gateway.ts'

/** A device that is logged in. */
export interface LoggedIn {
  readonly appId: string
  readonly wxid: string
}

/** The reply of a send. */
export interface Sent {
  readonly newMsgId: number
  readonly msgId: number
  readonly aesKey: string
  readonly fileId: string
  readonly length: number
  readonly toWxid: string
}

/** The calls that a GeWe program makes. */
export interface Client {
  /** Posts JSON with the client's token and whatever `headers` add; answers the parsed envelope. */
  post<D = Record<string, unknown>>(
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply<D>>
  /** A new device, logged in. */
  device(): Promise<LoggedIn>
}

/** A client of the gateway at `baseUrl`. */
export function clientOf(baseUrl: string, token: string): Client {
  const post: Client['post'] = async (path, body = {}, headers = {}) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gewe-token': token, ...headers },
      body: JSON.stringify(body),
    })
    if (response.status !== 200) throw new Error(`${path} answered HTTP ${response.status}`)
    return (await response.json()) as Reply<never>
  }
  return {
    post,
    async device() {
      const { data } = await post<{ appId: string; uuid: string }>('/login/getLoginQrCode', { appId: '' })
      const { appId, uuid } = data
      const login = await post<{ loginInfo: { wxid: string } }>('/login/checkLogin', { appId, uuid })
      return { appId, wxid: login.data.loginInfo.wxid }
    },
  }
}

/** The XML that a caller assembles from a reply, as the vendor's document tells it to. */
export function xmlOf({ aesKey, fileId, length }: Sent): string {
  return `<?xml version="1.0"?>\n<msg><videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${length}" playlength="2" /></msg>`
}
