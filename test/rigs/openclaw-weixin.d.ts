// The package has no types; these are the parts of it that official-client.ts calls.

declare module '@tencent-weixin/openclaw-weixin/dist/src/channel.js' {
  interface Outbound {
    readonly cfg: object
    readonly to: string
    readonly text: string
    readonly mediaUrl?: string
    readonly accountId: string
  }
  export const weixinPlugin: {
    readonly outbound: {
      sendText(message: Outbound): Promise<{ messageId: string }>
      sendMedia(message: Outbound): Promise<{ messageId: string }>
    }
    readonly gateway: {
      loginWithQrStart(options: object): Promise<{ qrDataUrl?: string; message: string; sessionKey: string }>
      loginWithQrWait(options: object): Promise<{ connected: boolean; message: string; accountId?: string }>
    }
  }
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/api/api.js' {
  interface Api {
    readonly baseUrl: string
    readonly token: string
  }
  interface Message {
    readonly message_id?: string
    readonly from_user_id?: string
    readonly context_token?: string
    readonly item_list?: readonly Record<string, unknown>[]
  }
  export function getUpdates(call: Api & { get_updates_buf: string }): Promise<{
    ret?: number
    errcode?: number
    msgs?: Message[]
    get_updates_buf?: string
  }>
  export function notifyStart(call: Api): Promise<{ ret?: number }>
  export function notifyStop(call: Api): Promise<{ ret?: number }>
  export function getConfig(
    call: Api & { ilinkUserId: string; contextToken?: string },
  ): Promise<{ ret?: number; typing_ticket?: string }>
  export function sendTyping(
    call: Api & { body: { ilink_user_id: string; typing_ticket: string; status: number } },
  ): Promise<void>
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/auth/accounts.js' {
  export function saveWeixinAccount(
    accountId: string,
    account: { token: string; baseUrl: string; userId?: string },
  ): void
  export function registerWeixinAccountId(accountId: string): void
  export function loadWeixinAccount(
    accountId: string,
  ): { token?: string; baseUrl?: string; userId?: string } | null
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/messaging/inbound.js' {
  export function setContextToken(accountId: string, userId: string, contextToken: string): void
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/media/media-download.js' {
  export function downloadMediaFromItem(
    item: Record<string, unknown>,
    host: {
      cdnBaseUrl: string
      saveMedia(bytes: Buffer): Promise<{ path: string }>
      log(line: string): void
      errLog(line: string): void
      label: string
    },
  ): Promise<object>
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/cdn/upload.js' {
  export interface Uploaded {
    readonly filekey: string
    readonly downloadEncryptedQueryParam: string
    readonly aeskey: string
    readonly fileSize: number
    readonly fileSizeCiphertext: number
  }
  export function downloadRemoteImageToTemp(url: string, folder: string): Promise<string>
  export function uploadVideoToWeixin(upload: {
    filePath: string
    toUserId: string
    opts: { baseUrl: string; token: string }
    cdnBaseUrl: string
  }): Promise<Uploaded>
}
