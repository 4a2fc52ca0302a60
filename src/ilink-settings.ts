import * as read from './settings.ts'
import { define, seconds } from './settings.ts'

/** The part of the settings that is about iLink; `config.ts` reads it. */
export const ilinkSettings = {
  ilinkApiUrl: define({
    name: 'HONGYAN_ILINK_API_URL',
    example: 'https://ilinkai.weixin.qq.com',
    doc: 'iLink API, where a login names no other.',
    parse: read.urlOr('https://ilinkai.weixin.qq.com', 'http:', 'https:'),
  }),
  ilinkQrUrl: define({
    name: 'HONGYAN_ILINK_QR_URL',
    example: 'https://ilinkai.weixin.qq.com',
    doc: 'iLink API for QR logins.',
    parse: read.urlOr('https://ilinkai.weixin.qq.com', 'http:', 'https:'),
  }),
  ilinkCdnUrl: define({
    name: 'HONGYAN_ILINK_CDN_URL',
    example: 'https://novac2c.cdn.weixin.qq.com/c2c',
    doc: 'iLink CDN, where the server names no whole URL.',
    parse: read.urlOr('https://novac2c.cdn.weixin.qq.com/c2c', 'http:', 'https:'),
  }),
  ilinkRedirectScheme: define({
    name: 'HONGYAN_ILINK_REDIRECT_SCHEME',
    example: 'https',
    doc: 'Scheme of the host that a QR login is redirected to: https or http.',
    parse: read.oneOf('https', 'http'),
  }),
  ilinkAppId: define({
    name: 'HONGYAN_ILINK_APP_ID',
    example: 'bot',
    doc: 'iLink-App-Id header.',
    parse: read.textOr('bot'),
  }),
  ilinkClientVersion: define({
    name: 'HONGYAN_ILINK_CLIENT_VERSION',
    example: '2.4.9',
    doc: 'Version of the iLink client protocol that the headers name; WeChat asks users to upgrade when it is too low.',
    parse: read.version('2.4.9'),
  }),
  ilinkBotAgent: define({
    name: 'HONGYAN_ILINK_BOT_AGENT',
    example: 'Hongyan',
    doc: 'How the gateway introduces itself to iLink: Name or Name/Version.',
    parse: read.textOr('Hongyan'),
  }),
  ilinkPlayLength: define({
    name: 'HONGYAN_ILINK_PLAY_LENGTH',
    example: 'omit',
    doc: 'Unit of a video’s play_length, which Tencent does not document: ms, seconds, or omit.',
    parse: read.oneOf('omit', 'ms', 'seconds'),
  }),
  ilinkPaceMs: define({
    name: 'HONGYAN_ILINK_PACE_MS',
    example: '1000',
    doc: 'Least time between two messages to one contact, milliseconds.',
    parse: read.whole(1000, 0, 60 * seconds),
  }),
  ilinkQuota: define({
    name: 'HONGYAN_ILINK_QUOTA',
    example: '10',
    doc: 'Messages that a contact can be sent for each of theirs.',
    parse: read.whole(10, 1, 1000),
  }),
  ilinkWindowHours: define({
    name: 'HONGYAN_ILINK_WINDOW_HOURS',
    example: '24',
    doc: 'How long after a contact’s last message it can be written to, hours.',
    parse: read.whole(24, 1, 8760),
  }),
  ilinkReferenceHours: define({
    name: 'HONGYAN_ILINK_REFERENCE_HOURS',
    example: '24',
    doc: 'How long an upload to the iLink CDN is sent again without moving its bytes, hours; 0 uploads every time.',
    parse: read.whole(24, 0, 8760),
  }),
} as const
