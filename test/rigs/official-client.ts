import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the client asks for QR codes, whatever its account says. */
const qrHost = 'https://ilinkai.weixin.qq.com'
const section = 'openclaw-weixin'

/** Tencent's own client, whose requests are right by definition. Files and their kinds go by their names. */
export interface OfficialClient {
  sendText(to: string, text: string): Promise<void>
  sendImage(to: string, path: string): Promise<void>
  sendVideo(to: string, path: string): Promise<void>
  sendFile(to: string, path: string): Promise<void>
  /** Downloads a video from a URL into a file and uploads that, as the client does before it sends. */
  downloadAndUpload(url: string, to: string): Promise<{ downloadParam: string; length: number }>
  /** The same and sends it. */
  sendUrl(to: string, url: string): Promise<void>
  /** One poll; it remembers the cursor and the context tokens. */
  receive(): Promise<Received[]>
  /** Tells the service that the client starts, types to a user, stops typing, and stops. */
  typeOnce(to: string): Promise<void>
  /** Removes its account, its downloads, and its log. */
  close(): void
}

export interface Received {
  readonly messageId: string | undefined
  readonly from: string
  readonly text: string | undefined
  /** The media, downloaded and decrypted. */
  readonly media: Buffer | undefined
}

/** The client of one bot, in this process, with nothing of its host but the stubs of `openclaw/`. */
export async function officialClient(
  baseUrl: string,
  token: string,
  cdnBaseUrl: string,
): Promise<OfficialClient> {
  const { folder, release } = stateFolder()
  const { weixinPlugin } = await import('@tencent-weixin/openclaw-weixin/dist/src/channel.js')
  const accounts = await import('@tencent-weixin/openclaw-weixin/dist/src/auth/accounts.js')
  const api = await import('@tencent-weixin/openclaw-weixin/dist/src/api/api.js')
  const inbound = await import('@tencent-weixin/openclaw-weixin/dist/src/messaging/inbound.js')
  const media = await import('@tencent-weixin/openclaw-weixin/dist/src/media/media-download.js')
  const cdn = await import('@tencent-weixin/openclaw-weixin/dist/src/cdn/upload.js')
  const accountId = (token.split(':')[0] ?? '').replaceAll(/[@.]/g, '-')
  accounts.saveWeixinAccount(accountId, { token, baseUrl })
  accounts.registerWeixinAccountId(accountId)
  const cfg = { channels: { [section]: { accounts: { [accountId]: { cdnBaseUrl } } } } }
  const call = { baseUrl, token }
  let cursor = ''

  async function sendMedia(to: string, mediaUrl: string): Promise<void> {
    await weixinPlugin.outbound.sendMedia({ cfg, to, text: '', mediaUrl, accountId })
  }

  async function mediaOf(item: Record<string, unknown>): Promise<Buffer | undefined> {
    let saved: Buffer | undefined
    const saveMedia = async (bytes: Buffer) => {
      saved = bytes
      return { path: 'kept in memory' }
    }
    const errLog = (line: string) => {
      throw new Error(line)
    }
    await media.downloadMediaFromItem(item, { cdnBaseUrl, saveMedia, log() {}, errLog, label: 'receive' })
    return saved
  }

  return {
    async sendText(to, text) {
      await weixinPlugin.outbound.sendText({ cfg, to, text, accountId })
    },
    sendImage: sendMedia,
    sendVideo: sendMedia,
    sendFile: sendMedia,
    sendUrl: sendMedia,
    async downloadAndUpload(url, to) {
      const filePath = await cdn.downloadRemoteImageToTemp(url, join(folder, 'downloads'))
      const done = await cdn.uploadVideoToWeixin({ filePath, toUserId: to, opts: call, cdnBaseUrl })
      return { downloadParam: done.downloadEncryptedQueryParam, length: done.fileSize }
    },
    async receive() {
      const answer = await api.getUpdates({ ...call, get_updates_buf: cursor })
      if (answer.ret || answer.errcode) throw new Error(`getupdates: ${answer.ret} ${answer.errcode}`)
      cursor = answer.get_updates_buf || cursor
      const received: Received[] = []
      for (const message of answer.msgs ?? []) {
        const { message_id: messageId, from_user_id: from = '', context_token: contextToken } = message
        if (contextToken) inbound.setContextToken(accountId, from, contextToken)
        const item = message.item_list?.[0] ?? {}
        const text = textOf(item)
        received.push({ messageId, from, text, media: text === undefined ? await mediaOf(item) : undefined })
      }
      return received
    },
    async typeOnce(to) {
      await api.notifyStart(call)
      const { typing_ticket: ticket = '' } = await api.getConfig({ ...call, ilinkUserId: to })
      for (const status of [1, 2]) {
        await api.sendTyping({ ...call, body: { ilink_user_id: to, typing_ticket: ticket, status } })
      }
      await api.notifyStop(call)
    },
    close: release,
  }
}

/**
 * Logs in as the client does, at `baseUrl` instead of the host that is fixed in it, and answers with the credentials it
 * stored. `onQr` is given what the QR code on the screen holds.
 * @throws Error when the login was not confirmed
 */
export async function officialLogin(
  baseUrl: string,
  onQr: (qrData: string) => void,
): Promise<{ token: string; baseUrl: string; userId: string }> {
  const { release } = stateFolder()
  const { weixinPlugin } = await import('@tencent-weixin/openclaw-weixin/dist/src/channel.js')
  const accounts = await import('@tencent-weixin/openclaw-weixin/dist/src/auth/accounts.js')
  const realFetch = globalThis.fetch
  globalThis.fetch = (input, init) =>
    realFetch(typeof input === 'string' ? input.replace(qrHost, baseUrl) : input, init)
  try {
    const { qrDataUrl, message, sessionKey } = await weixinPlugin.gateway.loginWithQrStart({})
    if (!qrDataUrl) throw new Error(message)
    onQr(qrDataUrl)
    const done = await weixinPlugin.gateway.loginWithQrWait({ sessionKey, timeoutMs: 20_000 })
    if (!done.connected || !done.accountId) throw new Error(done.message)
    const stored = accounts.loadWeixinAccount(done.accountId.replaceAll(/[@.]/g, '-'))
    const { token = '', baseUrl: home = '', userId = '' } = stored ?? {}
    return { token, baseUrl: home, userId }
  } finally {
    globalThis.fetch = realFetch
    release()
  }
}

let users = 0
let state: string | undefined

/** One folder for all clients of this process: the client looks for it in the environment. */
function stateFolder(): { folder: string; release(): void } {
  state ??= mkdtempSync(join(tmpdir(), 'official-client-'))
  process.env.OPENCLAW_STATE_DIR = state
  process.env.OPENCLAW_LOG_LEVEL = 'FATAL'
  const folder = state
  users += 1
  let held = true
  return {
    folder,
    release() {
      if (!held) return
      held = false
      users -= 1
      if (users === 0) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function textOf(item: Record<string, unknown>): string | undefined {
  const text = item.text_item
  return typeof text === 'object' && text !== null && 'text' in text ? String(text.text) : undefined
}
