// @ts-check

import { writeCredentials } from '../../../../dist/channels/ilink/credentials.js'
import { createIlink } from '../../../../dist/channels/ilink/ilink.js'
import { downloadUrl } from '../../../../dist/channels/ilink/locator.js'
import { readConfig } from '../../../../dist/config.js'
import { must, refusing } from '../expect.js'

const url = 'http://127.0.0.1:9'
const { config } = readConfig({
  HONGYAN_ILINK_API_URL: url,
  HONGYAN_ILINK_QR_URL: url,
  HONGYAN_ILINK_CDN_URL: `${url}/c2c`,
})
/** @type {Buffer} */
let body = Buffer.alloc(0)
const outbound = {
  /** The network: every call is answered with the input. */
  exchange: async (/** @type {string} */ to) => {
    must(URL.canParse(to), 'an address is one')
    return { status: 200, headers: {}, body }
  },
}
const quiet = { debug() {}, info() {}, warn() {} }
const ilink = createIlink(config, /** @type {any} */ ({ outbound, log: quiet }))
const credentials = writeCredentials({ token: 't', baseUrl: url, botId: 'b', userId: 'u' })
const login = JSON.stringify({ qrcode: 'q', host: `${url}/` })
const never = new AbortController().signal

const media = { encrypt_query_param: 'P', aes_key: 'ABEiM0RVZneImaq7zN3u/w==', full_url: `${url}/x` }
const items = [
  {
    type: 1,
    text_item: { text: 'x' },
    ref_msg: { svr_id: '5', message_item: { type: 4, file_item: { file_name: 'a' } } },
  },
  { type: 2, image_item: { media, aeskey: 'ab'.repeat(16), thumb_media: media } },
  { type: 3, voice_item: { media, encode_type: 6, playtime: 2300, text: 'x' } },
  { type: 4, file_item: { media, file_name: 'C:\\a/b.PDF', len: '12', md5: 'ab'.repeat(16) } },
  {
    type: 5,
    video_item: { media, play_length: 30, video_md5: 'ab'.repeat(16), thumb_media: media, thumb_width: 3 },
  },
]
const message = {
  message_id: 7497484083968569736n.toString(),
  from_user_id: 'u',
  message_type: 1,
  create_time_ms: 1.7e12,
}
export const corpus = [
  {
    ret: 0,
    msgs: [{ ...message, client_id: 'c', context_token: 'C', item_list: items }],
    get_updates_buf: 'b',
    longpolling_timeout_ms: 9,
  },
  ...items.map((item) => ({ msgs: [{ ...message, item_list: [item] }] })),
  { qrcode: 'q', qrcode_img_content: 'https://a/b' },
  { status: 'confirmed', bot_token: 't', ilink_bot_id: 'b', baseurl: 'http://a/', ilink_user_id: 'u' },
  { status: 'scaned_but_redirect', redirect_host: 'a.example:80' },
  ...['scaned', 'need_verifycode', 'verify_code_blocked', 'expired', 'binded_redirect'].map((status) => ({
    status,
  })),
  { ret: 0, upload_full_url: `${url}/u`, upload_param: 'p', thumb_upload_param: 't' },
  { ret: 0, upload_param: 'p' },
  { ret: -2, errmsg: 'prepare failed' },
  { errcode: -14 },
].map((answer) => Buffer.from(JSON.stringify(answer).replace(/"(\d{19})"/, '$1')))
export const json = true
export const words = [
  ...[
    'null',
    '1e999',
    '-0',
    '18446744073709551616',
    '"\\ud800"',
    '\\ud800',
    '\\u0000',
    '{"__proto__":1}',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    ',',
    ':',
  ],
  ...[
    '"status":',
    '"ret":',
    '"errcode":',
    '"msgs":',
    '"item_list":',
    '"type":',
    '"media":',
    '"message_id":',
    '"svr_id":',
    '"redirect_host":',
  ],
]

const refusals = [
  'channel_unreachable',
  'channel_refused',
  'channel_limited',
  'session_dead',
  'login_failed',
  'upload_failed',
  'send_unknown',
]
const file = { kind: /** @type {const} */ ('file'), name: 'a', thumb: undefined, durationMs: undefined }
const sealed = { aesKey: 'ab'.repeat(16), length: 1, md5: 'ab'.repeat(16), async *pieces() {} }

/** @param {Buffer} input */
export async function fuzz(input) {
  body = input
  const begun = await refusing(refusals, () => ilink.startLogin([]))
  for (const place of begun ? [login, begun.login] : [login]) {
    const step = await refusing(refusals, () => ilink.stepLogin(place, undefined, never))
    if (step && 'login' in step) await refusing(refusals, () => ilink.stepLogin(step.login, '1', never))
  }
  const polled = await refusing(refusals, () =>
    ilink.poll(credentials, { cursor: '', holdMs: undefined }, never),
  )
  for (const { id, sentAt, parts } of polled?.messages ?? []) {
    must(id === '' || /^[1-9]\d{0,19}$/.test(id), 'an id is a number')
    must(Number.isInteger(sentAt) && sentAt > 0 && sentAt <= 8.64e15, `a time is not ${sentAt}`)
    for (const part of parts) {
      if (!('file' in part)) continue
      must(/^([0-9a-f]{32})?$/.test(part.file.aesKey), 'a key is a key')
      for (const each of part.thumb ? [part.file, part.thumb] : [part.file])
        must(URL.canParse(downloadUrl(config, each.locator)), 'a file has an address')
    }
  }
  const text = { toWxid: 'u', context: 'c', body: { kind: /** @type {const} */ ('text'), text: 'x' } }
  await refusing(refusals, () => ilink.send(credentials, text))
  // An address that is given is posted to in vain, three times and with pauses: only that there is none ends at once.
  if (!input.includes('upload'))
    await refusing(refusals, () => ilink.upload(credentials, 'u', { ...file, body: sealed }, never))
}
