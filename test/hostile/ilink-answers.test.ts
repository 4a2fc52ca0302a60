import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Polled } from '../../src/channels/channel.ts'
import { GatewayError } from '../../src/errors.ts'
import { outgoing, startWorld, type World } from '../channels/ilink-world.ts'
import { fc } from '../rigs/properties.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ strict: false })
})
afterAll(() => world.close())

const never = new AbortController().signal
const json = { 'content-type': 'application/json' }

/** The calls of the protocol; each asks one endpoint first. */
const calls = {
  get_bot_qrcode: () => world.channel.startLogin([world.credentials]),
  get_qrcode_status: () =>
    world.channel.stepLogin(JSON.stringify({ qrcode: 'q', host: `${world.rig.url}/` }), undefined, never),
  getupdates: () => world.channel.poll(world.credentials, { cursor: '', holdMs: 1000 }, never),
  sendmessage: () =>
    world.channel.send(world.credentials, {
      toWxid: world.phone.userId,
      context: world.context,
      body: { kind: 'text', text: 'x' },
    }),
  getuploadurl: () => world.channel.upload(world.credentials, world.phone.userId, outgoing('image'), never),
  notifystart: () => world.channel.begin(world.credentials),
  notifystop: () => world.channel.end(world.credentials),
} as const
type Called = keyof typeof calls
const endpoints = Object.keys(calls).filter((name): name is Called => name in calls)

/** What each call may refuse with; a send that WeChat has heard says that it may have left. */
const refusals: Readonly<Record<Called, readonly string[]>> = {
  get_bot_qrcode: ['login_failed', 'channel_unreachable', 'session_dead'],
  get_qrcode_status: ['login_failed'],
  getupdates: ['channel_unreachable', 'channel_refused', 'session_dead'],
  sendmessage: ['send_unknown', 'channel_refused', 'channel_limited', 'session_dead'],
  getuploadurl: [
    'upload_failed',
    'channel_unreachable',
    'channel_refused',
    'channel_limited',
    'session_dead',
  ],
  notifystart: ['channel_unreachable', 'channel_refused', 'session_dead'],
  notifystop: ['channel_unreachable', 'channel_refused', 'session_dead'],
}

/** Lets one endpoint answer exactly this; what comes of it, or the refusal. */
async function answered(endpoint: Called, body: string): Promise<unknown> {
  world.rig.next(endpoint, { status: 200, headers: json, body })
  const outcome: unknown = await calls[endpoint]().catch((error: unknown) => error)
  if (!(outcome instanceof Error)) return outcome
  expect(outcome, `${endpoint} ${body.slice(0, 300)}`).toBeInstanceOf(GatewayError)
  const { code, reason } = GatewayError.from(outcome)
  expect(refusals[endpoint], `${endpoint} ${body.slice(0, 300)}`).toContain(code)
  expect(reason).toMatch(/\p{Script=Han}{2}/u)
  expect(reason.length).toBeLessThan(300)
  return outcome
}

const names = [
  ...[
    'ret',
    'errcode',
    'errmsg',
    'msgs',
    'get_updates_buf',
    'longpolling_timeout_ms',
    'message_id',
    'from_user_id',
  ],
  ...[
    'item_list',
    'type',
    'text_item',
    'text',
    'image_item',
    'video_item',
    'file_item',
    'voice_item',
    'media',
  ],
  ...[
    'encrypt_query_param',
    'full_url',
    'aes_key',
    'file_name',
    'ref_msg',
    'svr_id',
    'create_time_ms',
    'play_length',
  ],
  ...[
    'qrcode',
    'qrcode_img_content',
    'status',
    'bot_token',
    'ilink_bot_id',
    'baseurl',
    'redirect_host',
    'upload_param',
  ],
  ...['__proto__', 'constructor', 'toString', 'length', 'then'],
]
const leaf = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    0,
    0.5,
    -1,
    -2,
    -14,
    1,
    2,
    3,
    5,
    1e308,
    2 ** 53,
    '',
    'x',
    '0',
    '-14',
    '\0',
    '\ud800',
    '9'.repeat(25),
  ],
  ...[
    'scaned',
    'confirmed',
    'scaned_but_redirect',
    'expired',
    'need_verifycode',
    'http://127.0.0.1:1/',
    'a'.repeat(5000),
    [],
    {},
  ],
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))
const document = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8, noNullPrototype: true })

describe('whatever an endpoint answers', { timeout: 120_000 }, () => {
  test('in JSON is an outcome or a refusal in words of the call that asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...endpoints), document, async (endpoint, answer) => {
        // An upload that is given an address goes on to the CDN, in pauses: another test's matter.
        const { upload_param: _, ...rest } = answer
        await answered(endpoint, JSON.stringify(endpoint === 'getuploadurl' ? rest : answer))
      }),
      { numRuns: 300 },
    )
  })

  test('in no JSON is a refusal, or counts as waiting for a login', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(fc.constantFrom('{', '}', '[', ']', '"ret"', ':', ',', '0', '\\', '"', '\ufeff', '1e999'), {
          maxLength: 8,
        })
        .map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...endpoints), text, async (endpoint, body) => {
        await answered(endpoint, body)
      }),
      { numRuns: 100 },
    )
  })

  const deep = 200_000
  const giants: [string, string][] = [
    ['10 MB of one text', `{"ret":0,"errmsg":"${'x'.repeat(10 * 1024 ** 2)}"}`],
    ['10 MB of white space', `{"ret":0}${' '.repeat(10 * 1024 ** 2)}`],
    ['deep lists', `{"ret":0,"msgs":${'['.repeat(deep / 2)}${']'.repeat(deep / 2)}}`],
    ['deep objects', `{"ret":0,"msgs":[${'{"a":'.repeat(deep / 8)}1${'}'.repeat(deep / 8)}]}`],
    ['a number of 100,000 digits', `{"ret":${'9'.repeat(100_000)}}`],
    ['one name 10,000 times', `{${'"ret":0,'.repeat(10_000)}"ret":0}`],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a page', '<!doctype html><p>login</p>'],
  ]
  test.each(giants)('be it %s, the call ends and says why, and the next is heard', async (_, body) => {
    for (const endpoint of endpoints) {
      await answered(endpoint, body)
      const after: unknown = await answered(endpoint, '{"ret":-14}')
      if (endpoint === 'get_qrcode_status') expect(after).toMatchObject({ kind: 'waiting' })
      else expect(after).toMatchObject({ code: 'session_dead' })
    }
  })
})

describe('a poll', () => {
  const poll = (answer: object) => answered('getupdates', JSON.stringify(answer)) as Promise<Polled>

  test('beyond 8 MiB is refused unread, and says that it may help to come again', async () => {
    const fault = await answered('getupdates', `{"msgs":[],"x":"${'x'.repeat(8 * 1024 ** 2)}"}`)
    expect(fault).toMatchObject({ code: 'channel_unreachable', retryable: true })
  })

  test('of 20,000 messages gives each of them, and holds no longer than two minutes', async () => {
    const msgs = Array.from({ length: 20_000 }, (_, at) => ({
      message_id: String(at + 1),
      from_user_id: 'u',
    }))
    const polled = await poll({ msgs, longpolling_timeout_ms: 1e300, get_updates_buf: 'b' })
    expect(polled.messages).toHaveLength(20_000)
    expect(polled).toMatchObject({ holdMs: 120_000, cursor: 'b' })
  })

  test('of one message with 100,000 parts gives 100', async () => {
    const item_list = Array(100_000).fill({ type: 1, text_item: { text: 'x' } })
    const { messages } = await poll({ msgs: [{ from_user_id: 'u', item_list }] })
    expect(messages[0]?.parts).toHaveLength(100)
  })
})
