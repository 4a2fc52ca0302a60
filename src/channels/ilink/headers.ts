import { randomBytes } from 'node:crypto'
import { botAgent } from './bot-agent.ts'
import type { IlinkConfig } from './wire.ts'

type Headers = Readonly<Record<string, string>>

/** `iLink-App-ClientVersion` (sheet 2.1): one byte for each of the three numbers. */
export function clientVersion(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) & 0xff)
  return String((major << 16) + (minor << 8) + patch)
}

/** `X-WECHAT-UIN` (sheet 2.1): base64 of the decimal text of a uint32. */
export function wechatUin(uint32: number): string {
  return Buffer.from(String(uint32)).toString('base64')
}

/** Headers of the QR status poll (sheet 2.2). */
export function statusHeaders(config: IlinkConfig): Headers {
  return {
    'iLink-App-Id': config.ilinkAppId,
    'iLink-App-ClientVersion': clientVersion(config.ilinkClientVersion),
  }
}

/** Headers of a JSON POST (sheet 2.1); the UIN is new each time. `token` is left out where there is none. */
export function apiHeaders(config: IlinkConfig, token: string | undefined): Headers {
  const bare = token?.trim()
  return {
    'Content-Type': 'application/json',
    AuthorizationType: 'ilink_bot_token',
    ...(bare && { Authorization: `Bearer ${bare}` }),
    'X-WECHAT-UIN': wechatUin(randomBytes(4).readUInt32BE()),
    ...statusHeaders(config),
  }
}

/** `base_info` in the body of every authorized call (sheet 2.3). */
export function baseInfo(config: IlinkConfig): {
  readonly channel_version: string
  readonly bot_agent: string
} {
  return { channel_version: config.ilinkClientVersion, bot_agent: botAgent(config.ilinkBotAgent) }
}
