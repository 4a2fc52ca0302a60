import { describe, expect, test } from 'vitest'
import type { InboundPart } from '../../src/channels/channel.ts'
import { readMessages } from '../../src/channels/ilink/inbound.ts'
import { downloadUrl } from '../../src/channels/ilink/locator.ts'
import { GatewayError } from '../../src/errors.ts'
import { fc } from '../rigs/properties.ts'
import { settingsFor } from './ilink-world.ts'

const key = '00112233445566778899aabbccddeeff'
const rawForm = 'ABEiM0RVZneImaq7zN3u/w=='
const hexForm = 'MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY='
const config = settingsFor('http://127.0.0.1:1')

function message(fields: object = {}) {
  return { message_id: '7497484083968569736', from_user_id: 'uAbC@im.wechat', message_type: 1, ...fields }
}

function partsOf(...items: unknown[]): readonly InboundPart[] {
  return readMessages([message({ item_list: items })])[0]?.parts ?? []
}

describe('a message', () => {
  test('is read with everything it tells', () => {
    const [read] = readMessages([
      message({
        client_id: 'c1',
        create_time_ms: 1_700_000_000_123,
        context_token: 'CTX',
        item_list: [{ type: 1, text_item: { text: '你好' } }],
      }),
    ])
    expect(read).toEqual({
      id: '7497484083968569736',
      clientId: 'c1',
      fromWxid: 'uAbC@im.wechat',
      sentAt: 1_700_000_000_123,
      context: 'CTX',
      parts: [{ kind: 'text', text: '你好', quote: undefined }],
    })
  })

  test('of a bot is left out', () => {
    expect(readMessages([message({ message_type: 2 }), message({ message_type: '2' })])).toEqual([])
  })

  test.each([undefined, '', 5, {}, 'x'.repeat(300)])('from %j is left out', (from) => {
    expect(readMessages([message({ from_user_id: from })])).toEqual([])
  })

  test.each([undefined, '0', -1, 'abc', 2 ** 60, '1'.repeat(21), {}])('with the id %j has none', (id) => {
    expect(readMessages([message({ message_id: id })])[0]?.id).toBe('')
  })

  test.each([undefined, 'x', -1, 1e300, {}])('of the time %j is of now', (time) => {
    const before = Date.now()
    const sentAt = readMessages([message({ create_time_ms: time })])[0]?.sentAt ?? 0
    expect(sentAt).toBeGreaterThanOrEqual(before)
    expect(sentAt).toBeLessThanOrEqual(Date.now())
  })

  test('without items still brings its context', () => {
    expect(readMessages([message({ context_token: 'C' })])).toMatchObject([{ context: 'C', parts: [] }])
  })
})

describe('a quote', () => {
  const text = (ref: unknown) => partsOf({ type: 1, text_item: { text: 't' }, ref_msg: ref })[0]

  test.each([
    [{ svr_id: '7497484083968569736' }, { id: '7497484083968569736', text: '' }],
    [
      { svr_id: '5', message_item: { type: 1, text_item: { text: '原文' } } },
      { id: '5', text: '原文' },
    ],
    [{ message_item: { type: 2 } }, { id: undefined, text: '[图片]' }],
    [{ message_item: { type: 3, voice_item: { text: '听到的' } } }, { id: undefined, text: '听到的' }],
    [{ message_item: { type: 3 } }, { id: undefined, text: '[语音]' }],
    [
      { message_item: { type: 4, file_item: { file_name: 'a.pdf' } } },
      { id: undefined, text: '[文件] a.pdf' },
    ],
    [{ message_item: { type: 5 } }, { id: undefined, text: '[视频]' }],
    [
      { svr_id: '5', title: '标题' },
      { id: '5', text: '标题' },
    ],
    [{}, undefined],
    ['x', undefined],
    [{ svr_id: {}, message_item: [] }, undefined],
  ])('%j shows %j', (reference, quote) => {
    expect(text(reference)).toEqual({ kind: 'text', text: 't', quote })
  })
})

const media = { encrypt_query_param: 'P/1+', aes_key: hexForm }

describe('media', () => {
  test('of a picture takes the hex key first', () => {
    const [part] = partsOf({
      type: 2,
      image_item: { aeskey: key.toUpperCase(), media: { ...media, aes_key: 'broken' }, mid_size: 4096 },
    })
    expect(part).toMatchObject({ kind: 'image', file: { aesKey: key, length: undefined }, thumb: undefined })
  })

  test.each([rawForm, hexForm])('of a picture takes the key %s of its reference', (aes_key) => {
    expect(partsOf({ type: 2, image_item: { media: { ...media, aes_key } } })).toMatchObject([
      { kind: 'image', file: { aesKey: key } },
    ])
  })

  test('of a picture without any key is not sealed', () => {
    const item = { media: { encrypt_query_param: 'P' } }
    expect(partsOf({ type: 2, image_item: item })).toMatchObject([{ kind: 'image', file: { aesKey: '' } }])
  })

  test('of a picture with a broken key cannot be had', () => {
    const item = { aeskey: 'zz', media: { encrypt_query_param: 'P' } }
    expect(partsOf({ type: 2, image_item: item })).toEqual([{ kind: 'other', label: '[图片：无法取得]' }])
  })

  test('of a voice message has its time, format and words', () => {
    const item = { media, encode_type: 6, playtime: 2300, text: '听到的' }
    expect(partsOf({ type: 3, voice_item: item })).toMatchObject([
      { kind: 'voice', extension: 'silk', durationMs: 2300, transcript: '听到的', file: { aesKey: key } },
    ])
  })

  test.each([
    [1, 'pcm'],
    [4, 'speex'],
    [5, 'amr'],
    [6, 'silk'],
    [7, 'mp3'],
    [8, 'ogg'],
    [2, undefined],
    [99, undefined],
    ['x', undefined],
  ])('of a voice message of encode_type %j is %s', (encode_type, extension) => {
    expect(partsOf({ type: 3, voice_item: { media, encode_type } })).toMatchObject([{ extension }])
  })

  test('of a file has its plain length, md5 and name', () => {
    const item = { media, file_name: 'C:\\dir/..\\报告\u202e.PDF', len: '12345', md5: key.toUpperCase() }
    expect(partsOf({ type: 4, file_item: item })).toMatchObject([
      { kind: 'file', name: '报告.PDF', extension: 'pdf', file: { length: 12345, md5: key } },
    ])
  })

  test.each(['', '/', 5, '..\\'])('of a file named %j has no name', (file_name) => {
    expect(partsOf({ type: 4, file_item: { media, file_name } })).toMatchObject([{ name: undefined }])
  })

  test('of a video does not take the sealed size for its length', () => {
    const item = { media, video_size: 12352, video_md5: key, play_length: 30, thumb_media: media }
    expect(partsOf({ type: 5, video_item: { ...item, thumb_width: 300, thumb_height: 225 } })).toMatchObject([
      {
        kind: 'video',
        file: { length: undefined, md5: key, width: undefined },
        thumb: { aesKey: key, width: 300, height: 225, length: undefined },
      },
    ])
  })

  test.each([
    [30, 30_000],
    [999, 999_000],
    [1000, 1000],
    [18_320, 18_320],
    [0, undefined],
    [-1, undefined],
    [1e12, undefined],
    ['x', undefined],
  ])('of a video with play_length %j plays %j ms', (play_length, durationMs) => {
    expect(partsOf({ type: 5, video_item: { media, play_length } })).toMatchObject([{ durationMs }])
  })

  test('has a thumbnail under its own key where that has none', () => {
    const thumb_media = { encrypt_query_param: 'T' }
    expect(partsOf({ type: 5, video_item: { media, thumb_media } })).toMatchObject([
      { thumb: { aesKey: key } },
    ])
  })

  test.each([
    [3, 'voice_item', '[语音：无法取得]'],
    [4, 'file_item', '[文件：无法取得]'],
    [5, 'video_item', '[视频：无法取得]'],
  ])('of type %i without key or place is named only', (type, name, label) => {
    for (const reference of [{ aes_key: hexForm }, { encrypt_query_param: 'P' }, undefined, 5]) {
      expect(partsOf({ type, [name]: { media: reference } })).toEqual([{ kind: 'other', label }])
    }
  })

  test('of a voice message that cannot be had still says its words', () => {
    expect(partsOf({ type: 3, voice_item: { text: '听到的' } })).toEqual([
      { kind: 'other', label: '[语音：无法取得]听到的' },
    ])
  })
})

test.each([
  [{ type: 11 }, '[工具调用]'],
  [{ type: 12 }, '[工具调用]'],
  [{ type: 77 }, '[不支持的消息类型 77]'],
  [{}, '[未知消息]'],
  [{ type: 1 }, '[文字：无法取得]'],
])('the item %j is named %s', (item, label) => {
  expect(partsOf(item)).toEqual([{ kind: 'other', label }])
})

describe('a locator', () => {
  const locatorOf = (reference: object) => {
    const [part] = partsOf({ type: 2, image_item: { media: reference } })
    return part && 'file' in part ? part.file.locator : ''
  }

  test("leads to the server's own address before all", () => {
    const full_url = 'https://cdn.example/c2c/download?encrypted_query_param=A&taskid=1'
    expect(downloadUrl(config, locatorOf({ full_url, encrypt_query_param: 'P' }))).toBe(full_url)
  })

  test('is built from the parameter', () => {
    expect(downloadUrl(config, locatorOf({ encrypt_query_param: 'P/1+=' }))).toBe(
      'http://127.0.0.1:1/c2c/download?encrypted_query_param=P%2F1%2B%3D',
    )
  })

  test.each(['file:///etc/passwd', 'javascript:1', 'no url', 'http://', 5])(
    'takes the parameter where the address is %j',
    (full_url) => {
      expect(downloadUrl(config, locatorOf({ full_url, encrypt_query_param: 'P' }))).toMatch(/=P$/)
      expect(partsOf({ type: 2, image_item: { media: { full_url } } })[0]?.kind).toBe('other')
    },
  )

  test.each(['', 'x', '{}', '{"v":2,"param":"P"}', '{"v":1,"param":5}', 'null'])(
    'is not read from %j',
    (text) => {
      expect(() => downloadUrl(config, text)).toThrow(GatewayError)
    },
  )
})

test('a message of any shape is read without an error, and into the right types', () => {
  const names = [
    'message_id',
    'from_user_id',
    'message_type',
    'item_list',
    'type',
    'text_item',
    'text',
    'image_item',
    'media',
    'aes_key',
    'aeskey',
    'encrypt_query_param',
    'full_url',
    'voice_item',
    'file_item',
    'video_item',
    'play_length',
    'thumb_media',
    'ref_msg',
    'svr_id',
    'message_item',
    'create_time_ms',
    'context_token',
    'file_name',
    'len',
    '__proto__',
    'constructor',
  ]
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      1,
      2,
      3,
      4,
      5,
      -1,
      1e308,
      'x',
      '',
      hexForm,
      key,
      'http://a/',
      [],
      {},
    ),
    fc.string(),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 8 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.array(value, { maxLength: 4 }), (anything, items) => {
      readMessages(anything)
      const [read] = readMessages([{ from_user_id: 'u', item_list: items }])
      for (const part of read?.parts ?? []) {
        if (part.kind === 'text') expect(typeof part.text).toBe('string')
        else if (part.kind === 'other') expect(part.label).toMatch(/^\[.+\]/)
        else expect(part.file.aesKey).toMatch(/^([0-9a-f]{32})?$/)
      }
    }),
    { numRuns: 500 },
  )
})
