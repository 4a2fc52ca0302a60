import { describe, expect, test } from 'vitest'
import { decodeKey, encodeKey } from '../../src/channels/ilink/aes-key.ts'
import { botAgent } from '../../src/channels/ilink/bot-agent.ts'
import {
  apiHeaders,
  baseInfo,
  clientVersion,
  statusHeaders,
  wechatUin,
} from '../../src/channels/ilink/headers.ts'
import { sealedSize } from '../../src/channels/ilink/upload-target.ts'
import { joinUrl } from '../../src/channels/ilink/wire.ts'
import { serverWords } from '../../src/channels/ilink/words.ts'
import { version } from '../../src/version.ts'
import { fc } from '../rigs/properties.ts'
import { settingsFor } from './ilink-world.ts'

/** The default names the gateway and its release. */
const own = `Hongyan/${version}`
const config = settingsFor('http://127.0.0.1:1')

test.each([
  ['1.0.2', '65538'],
  ['1.0.11', '65547'],
  ['2.1.10', '131338'],
  ['2.4.3', '132099'],
  ['2.4.6', '132102'],
  ['2.4.9', '132105'],
  ['2.4.9-beta.0', '132105'],
])('version %s is %s', (version, number) => {
  expect(clientVersion(version)).toBe(number)
})

test.each([
  [305419896, 'MzA1NDE5ODk2'],
  [0, 'MA=='],
  [4294967295, 'NDI5NDk2NzI5NQ=='],
])('the UIN of %i is %s', (number, header) => {
  expect(wechatUin(number)).toBe(header)
})

describe('headers', () => {
  test('of a call carry the token, trimmed, and a new UIN each time', () => {
    const first = apiHeaders(config, ' abc@im.bot:06 ')
    expect(first).toMatchObject({
      'Content-Type': 'application/json',
      AuthorizationType: 'ilink_bot_token',
      Authorization: 'Bearer abc@im.bot:06',
      'iLink-App-Id': 'bot',
      'iLink-App-ClientVersion': '132105',
    })
    const decimal = Buffer.from(first['X-WECHAT-UIN'] ?? '', 'base64').toString()
    expect(decimal).toMatch(/^\d{1,10}$/)
    expect(Number(decimal)).toBeLessThanOrEqual(0xffffffff)
    expect(apiHeaders(config, 'x')['X-WECHAT-UIN']).not.toBe(first['X-WECHAT-UIN'])
  })

  test.each([undefined, '', '  '])('without a token (%j) have no Authorization', (token) => {
    const headers = apiHeaders(config, token)
    expect(headers).not.toHaveProperty('Authorization')
    expect(headers).toHaveProperty('AuthorizationType')
  })

  test('of the status poll are two', () => {
    expect(statusHeaders(config)).toEqual({ 'iLink-App-Id': 'bot', 'iLink-App-ClientVersion': '132105' })
  })
})

test('base_info names version and agent', () => {
  expect(baseInfo(config)).toEqual({ channel_version: '2.4.9', bot_agent: own })
})

describe('bot_agent', () => {
  test.each([
    ['Hongyan', own],
    ['Hongyan/1.2.3', 'Hongyan/1.2.3'],
    ['Hongyan/1.0+a  My_Bot/2 ', 'Hongyan/1.0+a My_Bot/2'],
    ['Hongyan/1 (self hosted)', 'Hongyan/1 (self hosted)'],
    ['Hongyan/1 (a) (b)', 'Hongyan/1 (a)'],
    ['(lonely) Hongyan/1', 'Hongyan/1'],
    ['鸿雁/1 (x) Good/2', 'Good/2'],
    ['Hongyan/1/2 Good/3', 'Good/3'],
    [`${'n'.repeat(33)}/1`, own],
    [`A/${'1'.repeat(33)}`, own],
    [`A/1 (${'c'.repeat(65)})`, 'A/1'],
    ['Evil/1\r\nX: y/2', 'Evil/1 y/2'],
    ['', own],
  ])('%j is %j', (text, agent) => {
    expect(botAgent(text)).toBe(agent)
  })

  test('loses trailing products beyond 256 bytes', () => {
    const product = `${'n'.repeat(30)}/${'1'.repeat(30)}`
    expect(botAgent(Array(10).fill(product).join(' '))).toBe(Array(4).fill(product).join(' '))
  })

  test('fits the grammar whatever it is made from', () => {
    const grammar =
      /^[\w.-]{1,32}\/[\w.+-]{1,32}( \([ -'*-~]{1,64}\))?( [\w.-]{1,32}\/[\w.+-]{1,32}( \([ -'*-~]{1,64}\))?)*$/
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '/', '(', ')', ' ', '1', '雁', '\n'), maxLength: 400 }),
        (text) => {
          const agent = botAgent(text)
          expect(agent).toMatch(grammar)
          expect(Buffer.byteLength(agent)).toBeLessThanOrEqual(256)
        },
      ),
    )
  })
})

test.each([
  ['http://h:1/x', 'http://h:1/x/ilink/bot/getupdates'],
  ['http://h:1/x/', 'http://h:1/x/ilink/bot/getupdates'],
  ['http://h:1', 'http://h:1/ilink/bot/getupdates'],
])('below %s an endpoint is %s', (base, url) => {
  expect(joinUrl(base, 'ilink/bot/getupdates').href).toBe(url)
})

const key = '00112233445566778899aabbccddeeff'
const hexForm = 'MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY='
const rawForm = 'ABEiM0RVZneImaq7zN3u/w=='

describe('a key', () => {
  test('goes out as base64 of its hex text', () => {
    expect(encodeKey(key)).toBe(hexForm)
    expect(encodeKey(key.toUpperCase())).toBe(hexForm)
  })

  test.each([
    ['base64 of the bytes', rawForm],
    ['base64 of the hex text', hexForm],
    ['base64 of the upper-case hex text', Buffer.from(key.toUpperCase()).toString('base64')],
  ])('comes in as %s', (_form, text) => {
    expect(decodeKey(text)).toBe(key)
  })

  test.each([
    undefined,
    null,
    5,
    {},
    '',
    'x',
    key,
    `${rawForm}!`,
    Buffer.alloc(15).toString('base64'),
    Buffer.alloc(32).toString('base64'),
  ])('is not read from %j', (value) => {
    expect(decodeKey(value)).toBeUndefined()
  })
})

test.each([
  [0, 16],
  [5, 16],
  [15, 16],
  [16, 32],
  [31, 32],
  [32, 48],
  [12345, 12352],
  [1048576, 1048592],
])('%i plain bytes are %i sealed ones', (plain, sealed) => {
  expect(sealedSize(plain)).toBe(sealed)
})

describe("a server's words", () => {
  test('become one printable line of at most 100 characters', () => {
    expect(serverWords('prepare\r\n\u0000\u202efailed ')).toBe('prepare failed')
    expect([...serverWords('雁 '.repeat(200))]).toHaveLength(100)
    expect(serverWords(undefined)).toBe('')
  })

  test('lose what may be a secret', () => {
    const token = `0a1b2c3d4e5f@im.bot:060000${'ab'.repeat(20)}`
    expect(serverWords(`bad token ${token} given`)).toBe('bad token … given')
  })
})
