// @ts-check
import { Type } from 'typebox'
import { appId, looseId, looseText, numeric, url, wxid } from '../../../../dist/http/fields.js'
import { route } from '../../../../dist/http/route.js'
import { createServer } from '../../../../dist/http/server.js'
import { must } from '../expect.js'

const silent = /** @type {any} */ ({ info() {}, warn() {}, error() {}, debug() {} })
const caller = { tokenId: 't', name: 'n' }
const app = createServer({
  identify: async () => /** @type {any} */ (caller),
  admit: async () => {},
  guests: [],
  log: silent,
})
const fields = Type.Object({
  appId,
  toWxid: wxid('to'),
  videoUrl: url('url'),
  wxids: Type.Optional(Type.Array(wxid('one'), { maxItems: 20 })),
  videoDuration: numeric('seconds', 86_400),
  msgId: Type.Optional(looseId('id')),
  token: looseText('token'),
})
route({
  url: '/any',
  tag: 'x',
  summary: 'x',
  failure: '失败',
  body: fields,
  data: undefined,
  handle: async (/** @type {any} */ body) => must(typeof body.appId === 'string', 'a body is as described'),
}).mount(app)

const good = {
  appId: 'a',
  toWxid: 'b',
  videoUrl: 'http://a/',
  videoDuration: '65.2',
  wxids: ['a'],
  msgId: null,
  token: 'x',
}
export const corpus = [JSON.stringify(good), JSON.stringify(good, null, 1), 'null', '', '\ufeff{}', '[]'].map(
  (text) => Buffer.from(text),
)
export const json = true
export const words = [
  ...[
    '"__proto__":',
    '"constructor":',
    '{"prototype":',
    'null',
    '1e999',
    '-1',
    '"\\ud800"',
    '\\u0000',
    '\0',
    '[',
    ']',
    '{',
    '}',
  ],
  ...[
    '\xef\xbb\xbf',
    '\xff\xfe',
    '"appId":',
    '"videoDuration":',
    '1.0e1',
    '9007199254740993',
    '\\',
    '"',
    ',',
    ':',
    '"wxids":',
  ],
]

/** @param {Buffer} input */
export async function fuzz(input) {
  const answer = await app.inject({
    method: 'POST',
    url: '/any',
    headers: { 'x-gewe-token': 't', 'content-type': 'application/json' },
    payload: input,
  })
  must(answer.statusCode === 200, `an envelope, not HTTP ${answer.statusCode}`)
  const { ret, data } = answer.json()
  must(ret === 200 || data.code !== 'internal', `no fault of ours: ${answer.body}`)
  must(Object.keys(Object.prototype).length === 0, 'the prototype is as it was')
}
