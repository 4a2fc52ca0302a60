import type { Config } from '../../config.ts'
import type { Log } from '../../log.ts'
import type { Outbound } from '../../outbound/outbound.ts'

/** The settings that the driver reads. */
export type IlinkConfig = Pick<
  Config,
  | 'ilinkApiUrl'
  | 'ilinkQrUrl'
  | 'ilinkCdnUrl'
  | 'ilinkRedirectScheme'
  | 'ilinkAppId'
  | 'ilinkClientVersion'
  | 'ilinkBotAgent'
  | 'ilinkPlayLength'
>

/** What every part of the driver works with. */
export interface Wire {
  readonly config: IlinkConfig
  readonly outbound: Outbound
  readonly log: Log
}

/** An endpoint below a base; a path prefix of the base stays (sheet 1). `endpoint` has no slash in front. */
export function joinUrl(base: string | URL, endpoint: string): URL {
  const text = String(base)
  return new URL(endpoint, text.endsWith('/') ? text : `${text}/`)
}

/** Whether the operator configured this origin himself; every other host was named by a server, and is guarded. */
export function isConfigured(config: IlinkConfig, url: string | URL): boolean {
  const { origin } = new URL(url)
  return [config.ilinkApiUrl, config.ilinkQrUrl, config.ilinkCdnUrl].some((known) => known.origin === origin)
}

/** Whether a text that a server sent is an address to be spoken to: http or https, no credentials, no query. */
export function isBaseUrl(text: string): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return (protocol === 'http:' || protocol === 'https:') && !(username || password || search || hash)
}
