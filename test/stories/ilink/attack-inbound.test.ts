import { expect, test } from 'vitest'
import type { TestDevice } from '../../rigs/gateway.ts'
import type { WriteOptions, Written } from '../../rigs/ilink/options.ts'
import type { Phone } from '../../rigs/ilink-server.ts'
import { type IlinkWorld, ilinkStories } from '../../rigs/ilink-world.ts'
import { until } from '../../rigs/world.ts'

const contents = (all: IlinkWorld) => all.told('AddMsg').map(({ Data }) => Data.Content.string)

const polls = ({ rig }: IlinkWorld) =>
  rig.requests.filter((request) => request.endpoint === 'getupdates').length

/** Writes something hostile, then something harmless that has to come through. */
async function expectStillHeard(
  all: IlinkWorld,
  { device, alice }: { device: TestDevice; alice: Phone },
  what: Written,
  how: WriteOptions = {},
): Promise<void> {
  alice.write(device.wxid, what, how)
  alice.write(device.wxid, { text: 'still there' })
  await until(() => contents(all).includes('still there'))
}

const nul = 'a\u0000b'
const lone = 'a\ud800b'

ilinkStories('a message that nobody should have sent', (world) => {
  test.each<[string, Written, WriteOptions?]>([
    ['a NUL in its words', { text: nul }],
    ['a NUL in the name of its sender', { text: 'x' }, { fields: { from_user_id: nul } }],
    ['a NUL in its context', { text: 'x' }, { fields: { context_token: nul } }],
    ['a NUL in its ids', { text: 'x' }, { fields: { client_id: nul, message_id: nul } }],
    ['a NUL in the name of its file', { file: Buffer.from('x'), name: nul }],
    ['a NUL in what was said', { voice: Buffer.from('x'), transcript: nul }],
    ['a NUL in what was said in a voice that is nowhere', { item: { type: 3, voice_item: { text: nul } } }],
    ['a NUL in what it quotes', { text: 'x', quote: { title: nul, text: nul, messageId: nul } }],
    ['half a character in its words', { text: lone }],
    ['half a character in the name of its sender', { text: 'x' }, { fields: { from_user_id: lone } }],
    ['half a character in the name of its file', { file: Buffer.from('x'), name: `${lone}.txt` }],
    ['half a character in what it quotes', { text: lone, quote: { text: lone } }],
    ['an id of 40 digits', { text: 'x' }, { messageId: '9'.repeat(40) }],
    ['a negative id', { text: 'x' }, { messageId: '-1' }],
    ['a time before all time', { text: 'x' }, { createTimeMs: -8.64e15 }],
    ['a time after all time', { text: 'x' }, { createTimeMs: 8.64e15 }],
    ['a time that is none', { text: 'x' }, { fields: { create_time_ms: 'soon' } }],
    ['a name as long as a book', { text: 'x' }, { fields: { from_user_id: 'x'.repeat(100_000) } }],
    ['a context of 1 MiB', { text: 'x' }, { fields: { context_token: 'x'.repeat(1024 ** 2) } }],
    ['words of 1 MiB', { text: '字'.repeat(350_000) }],
    ['no parts', { text: 'x' }, { fields: { item_list: null } }],
    ['parts of every wrong type', { text: 'x' }, { fields: { item_list: [null, 1, 'x', [], [[]], {}] } }],
    ['1000 parts', { text: 'x' }, { fields: { item_list: Array(1000).fill({ type: 99 }) } }],
    ['fields of wrong types', { item: { type: { a: 1 }, text_item: [1], image_item: 'x' } }],
    ['media of wrong types', { item: { type: 2, image_item: { media: [{}], aeskey: {}, thumb_media: 7 } } }],
    [
      'a file whose numbers are beyond all numbers',
      {
        item: {
          type: 4,
          file_item: {
            media: { full_url: 'http://127.0.0.1:9/x', aes_key: Buffer.alloc(16).toString('base64') },
            len: '99999999999999999999',
            md5: 'x',
            file_name: '../../\r\nSet-Cookie: a=b\u202egpj.exe',
          },
        },
      },
    ],
    [
      'a video longer than any and a thumbnail wider than any',
      {
        item: {
          type: 5,
          video_item: {
            media: { full_url: 'http://127.0.0.1:9/x', aes_key: Buffer.alloc(16).toString('base64') },
            thumb_media: { full_url: 'http://127.0.0.1:9/y' },
            play_length: 1e300,
            thumb_width: 2 ** 53 - 1,
            thumb_height: -5.5,
          },
        },
      },
    ],
    ['a sender that is the device itself', { text: 'x' }, { fields: { from_user_id: 'filehelper' } }],
  ])('does not stop the messages behind it: %s', async (_, what, how) => {
    const all = await world()
    const ready = await all.ready()
    await expectStillHeard(all, ready, what, how)
  })

  test('its words arrive without what no database holds', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    await all.hear(alice, device, 'a\u0000b')
    expect(contents(all).at(-1)).toBe('a\ufffdb')
  })

  test('a NUL in the cursor does not stop the polling', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.options.strict = false
    all.rig.next('getupdates', { answer: { ret: 0, msgs: [], get_updates_buf: nul } })
    const before = polls(all)
    await until(() => polls(all) > before + 1)
    await all.hear(alice, device, 'after the cursor')
  })

  test('300 messages in one poll, told twice, all arrive once', async () => {
    const all = await world()
    const { alice } = await all.ready()
    const msgs = Array.from({ length: 300 }, (_, index) => ({
      message_id: String(1000 + index),
      from_user_id: alice.userId,
      client_id: String(index),
      create_time_ms: 1,
      item_list: [{ type: 1, text_item: { text: `${index}` } }],
    }))
    await all.gateway.post('/tools/setCallback', { token: 'test-token-0123456789abcdef', callbackUrl: '' })
    all.rig.next('getupdates', { answer: { ret: 0, msgs } }, { answer: { ret: 0, msgs } })
    const received = async () => {
      const metrics = await (await fetch(`${all.gateway.baseUrl}/metrics`)).text()
      return Number(/^hongyan_\w*received\w* (\d+)$/m.exec(metrics)?.[1] ?? -1)
    }
    await until(async () => (await received()) >= 301)
    const seen = polls(all)
    await until(() => polls(all) > seen + 1)
    expect(await received()).toBe(301)
  })

  test.each<[string, unknown]>([
    ['megabytes', { ret: 0, msgs: [], junk: 'x'.repeat(9 * 1024 ** 2) }],
    ['an array', []],
    ['null', null],
    ['messages that are a text', { ret: 0, msgs: 'x', get_updates_buf: 7, longpolling_timeout_ms: {} }],
    ['codes that are none', { ret: 'x', errcode: [], errmsg: { a: 1 } }],
    ['a hold of a year', { ret: 0, longpolling_timeout_ms: 3e10 }],
    ['a hold before now', { ret: 0, longpolling_timeout_ms: -1e300 }],
  ])('an answer of %s does not end the polling', async (_, answer) => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.next('getupdates', { answer })
    const before = polls(all)
    await until(() => polls(all) > before + 1)
    await all.hear(alice, device, 'after it')
    expect(contents(all)).toContain('after it')
  })

  test('an answer nested 1,000,000 deep does not end the polling', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    const deep = `{"ret":0,"msgs":${'['.repeat(1e6)}${']'.repeat(1e6)}}`
    all.rig.next('getupdates', { status: 200, body: deep })
    const before = polls(all)
    await until(() => polls(all) > before + 1)
    await all.hear(alice, device, 'after it')
    expect(contents(all)).toContain('after it')
  })

  test('empty answers at once do not make the polling spin', async () => {
    const all = await world()
    const { device, alice } = await all.ready()
    all.rig.options.holdMs = 0
    const before = polls(all)
    const started = performance.now()
    await until(() => polls(all) >= before + 6)
    expect(performance.now() - started).toBeGreaterThan(1000)
    await all.hear(alice, device, 'in time')
  })

  test('the same messages for ever are told once and do not make the polling spin', async () => {
    const all = await world()
    const { alice } = await all.ready()
    const message = { from_user_id: alice.userId, message_id: '7', create_time_ms: Date.now() }
    const again = { ...message, item_list: [{ type: 1, text_item: { text: 'again' } }] }
    all.rig.next('getupdates', ...Array(8).fill({ answer: { ret: 0, msgs: [again], get_updates_buf: '' } }))
    const before = polls(all)
    const started = performance.now()
    await until(() => polls(all) >= before + 6)
    expect(performance.now() - started).toBeGreaterThan(1000)
    await until(() => contents(all).includes('again'))
    expect(contents(all).filter((text) => text === 'again')).toHaveLength(1)
  })
})

ilinkStories('nobody opens a window but by writing', (world) => {
  const say = ({ gateway }: IlinkWorld, { appId }: TestDevice, toWxid: string) =>
    gateway.post<{ code: string }>('/message/postText', { appId, toWxid, content: 'x' })

  test('a message from the far future keeps it open no longer than one of now', async () => {
    const all = await world({ HONGYAN_ILINK_WINDOW_HOURS: '1' })
    const { device } = await all.ready()
    const bob = all.rig.phone('bob@im.wechat')
    bob.write(device.wxid, { text: 'hi' }, { createTimeMs: Date.now() + 1e12 })
    await until(() => contents(all).includes('hi'))
    bob.write(device.wxid, { text: 'old' }, { createTimeMs: Date.now() - 2 * 3_600_000 })
    await until(() => contents(all).includes('old'))
    // Still open by the first message, which counts as written now.
    expect((await say(all, device, bob.userId)).ret).toBe(200)
  })

  test('one that comes hours late opens nothing', async () => {
    const all = await world({ HONGYAN_ILINK_WINDOW_HOURS: '1' })
    const { device } = await all.ready()
    const bob = all.rig.phone('bob@im.wechat')
    bob.write(device.wxid, { text: 'old' }, { createTimeMs: Date.now() - 2 * 3_600_000 })
    await until(() => contents(all).includes('old'))
    expect((await say(all, device, bob.userId)).data.code).toBe('window_closed')
  })

  test('what one person writes changes nothing for another, whatever the case of the name', async () => {
    const all = await world({ HONGYAN_ILINK_QUOTA: '1' })
    const { device, alice } = await all.ready()
    expect((await say(all, device, alice.userId)).ret).toBe(200)
    const twin = all.rig.phone(alice.userId.toUpperCase())
    twin.write(device.wxid, { text: 'twin' })
    await until(() => contents(all).includes('twin'))
    expect((await say(all, device, alice.userId)).data.code).toBe('window_used')
    expect((await say(all, device, alice.userId.toLowerCase())).data.code).toBe('window_closed')
  })
})
