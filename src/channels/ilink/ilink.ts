import type { Log } from '../../log.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { RemoteChannel } from '../channel.ts'
import { command } from './call.ts'
import { readCredentials } from './credentials.ts'
import { baseInfo } from './headers.ts'
import { downloadUrl } from './locator.ts'
import { startLogin, stepLogin } from './login.ts'
import { poll } from './poll.ts'
import { send } from './send.ts'
import { upload } from './upload.ts'
import { type IlinkConfig, isConfigured, type Wire } from './wire.ts'

export type { IlinkConfig } from './wire.ts'

const notifyTimeoutMs = 10_000

/**
 * Tencent's bot protocol for personal WeChat. A device is a bot, bound to the person who scanned; it speaks with one
 * person at a time and takes nothing back. "Sheet" in the comments is the protocol's fact sheet.
 */
export function createIlink(
  config: IlinkConfig,
  deps: { readonly outbound: Outbound; readonly log: Log },
): RemoteChannel {
  const wire: Wire = { config, ...deps }
  const notify = async (credentials: string, endpoint: string): Promise<void> => {
    const { baseUrl: base, token } = readCredentials(credentials)
    await command(wire, {
      base,
      endpoint,
      token,
      body: { base_info: baseInfo(config) },
      timeoutMs: notifyTimeoutMs,
    })
  }

  return {
    name: 'ilink',
    kind: 'remote',
    capabilities: { chatrooms: false, revoke: false },
    startLogin: (known) => startLogin(wire, known),
    stepLogin: (login, code, signal) => stepLogin(wire, login, code, signal),
    begin: (credentials) => notify(credentials, 'msg/notifystart'),
    end: (credentials) => notify(credentials, 'msg/notifystop'),
    poll: async (credentials, from, signal) => poll(wire, readCredentials(credentials), from, signal),
    upload: async (credentials, toWxid, file, signal) =>
      upload({ wire, account: readCredentials(credentials), toWxid, signal }, file),
    send: async (credentials, outgoing) => send(wire, readCredentials(credentials), outgoing),
    open: async (locator, { maxBytes, signal }) => {
      const url = downloadUrl(config, locator)
      const trusted = URL.canParse(url) && isConfigured(config, url)
      return deps.outbound.get(url, { maxBytes, signal, subject: '微信 CDN', trusted })
    },
  }
}
