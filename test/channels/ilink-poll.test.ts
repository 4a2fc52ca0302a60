import { createDecipheriv } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeCredentials } from '../../src/channels/ilink/credentials.ts'
import { createIlink } from '../../src/channels/ilink/ilink.ts'
import { createLog } from '../../src/log.ts'
import { version } from '../../src/version.ts'
import { bytesOf, faultOf } from '../outbound/door.ts'
import * as origins from '../rigs/origin.ts'
import { settingsFor, startWorld, thumbBytes, videoBytes, type World } from './ilink-world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld({ holdMs: 50 })
})
afterEach(async () => {
  await world.close()
})

const live = new AbortController().signal

function poll(cursor = '', holdMs?: number, signal = live) {
  return world.channel.poll(world.credentials, { cursor, holdMs }, signal)
}

describe('a poll', () => {
  test('brings what the user wrote, with ids that no number can hold', async () => {
    const { messageId, contextToken } = world.phone.write(world.bot.botId, { text: '第二条' })
    const polled = await poll()
    expect(polled.messages).toHaveLength(2)
    expect(polled.messages[1]).toMatchObject({
      id: messageId,
      fromWxid: world.phone.userId,
      context: contextToken,
      parts: [{ kind: 'text', text: '第二条', quote: undefined }],
    })
    expect(Number.isSafeInteger(Number(messageId))).toBe(false)
    expect(world.rig.violations).toEqual([])
  })

  test('goes on at its cursor', async () => {
    const first = await poll()
    expect(first.cursor).toBeTruthy()
    world.phone.write(world.bot.botId, { text: '新的' })
    const second = await poll(first.cursor)
    expect(second.messages).toMatchObject([{ parts: [{ text: '新的' }] }])
    expect(world.rig.requests.at(-1)?.body).toMatchObject({
      get_updates_buf: first.cursor,
      base_info: { channel_version: '2.4.9', bot_agent: `Hongyan/${version}` },
    })
  })

  test.each([[undefined], ['']])('leaves the cursor where it was when the answer has %j', async (buf) => {
    world.rig.next('getupdates', { answer: { msgs: [], get_updates_buf: buf } })
    expect(await poll('old')).toEqual({ messages: [], cursor: undefined, holdMs: undefined })
  })

  test('understands an answer without ret, and one without anything', async () => {
    world.rig.options.updatesRet = false
    expect((await poll()).messages).toHaveLength(1)
    world.rig.next('getupdates', { answer: {} })
    expect((await poll()).messages).toEqual([])
  })

  test.each([
    [42_000, 42_000],
    [1, 1000],
    [10 ** 9, 120_000],
    [0, undefined],
    [-5, undefined],
    ['x', undefined],
  ])('is told to hold %j and will hold %j ms', async (asked, holdMs) => {
    world.rig.next('getupdates', { answer: { longpolling_timeout_ms: asked } })
    expect((await poll()).holdMs).toBe(holdMs)
  })

  test.each([
    [{ status: 500 }],
    [{ status: 524 }],
    [{ status: 403 }],
    [{ reset: true as const }],
    [{ badJson: true as const }],
    [{ answer: [1] }],
  ])('may be tried again after %j', async (fate) => {
    world.rig.next('getupdates', fate)
    expect(await faultOf(poll(), 'channel_unreachable')).toMatchObject({ retryable: true, sent: 'no' })
  })

  test('names what the service refuses', async () => {
    world.rig.next('getupdates', { ret: -1, errmsg: 'system busy' })
    expect((await faultOf(poll(), 'channel_refused')).reason).toContain('ret -1: system busy')
  })

  test.each([[{ ret: -14 }], [{ ret: -14, errcode: true }]])('finds a dead session by %j', async (fate) => {
    world.rig.next('getupdates', fate)
    await faultOf(poll(), 'session_dead')
  })

  test('finds that its session was taken over', async () => {
    const work = faultOf(poll((await poll()).cursor), 'session_dead')
    world.rig.killSession(world.bot.botId)
    await work
  })

  test('ends with the reason of an abort', async () => {
    world.rig.next('getupdates', { hang: true })
    const abort = new AbortController()
    const work = poll('', undefined, abort.signal)
    await expect.poll(() => world.rig.requests.length).toBe(1)
    const reason = new Error('stop')
    abort.abort(reason)
    await expect(work).rejects.toBe(reason)
  })

  test('is never repeated by itself', async () => {
    world.rig.next('getupdates', { reset: true })
    await faultOf(poll(), 'channel_unreachable')
    expect(world.rig.requests).toHaveLength(1)
  })
})

test('a huge answer is refused, not held', async () => {
  const origin = await origins.startOrigin(origins.endless())
  const channel = createIlink(settingsFor(origin.url), { outbound: world.outbound, log: createLog('silent') })
  const credentials = writeCredentials({ token: 't', baseUrl: origin.url, botId: 'b', userId: '' })
  await faultOf(channel.poll(credentials, { cursor: '', holdMs: undefined }, live), 'channel_unreachable')
  await origin.close()
})

test('a base address with a path keeps it', async () => {
  const origin = await origins.startOrigin({
    '/prefix/ilink/bot/getupdates': origins.serve('{"ret":0,"msgs":[]}'),
  })
  const channel = createIlink(settingsFor(origin.url), { outbound: world.outbound, log: createLog('silent') })
  const credentials = writeCredentials({
    token: 't',
    baseUrl: `${origin.url}/prefix`,
    botId: 'b',
    userId: '',
  })
  expect(await channel.poll(credentials, { cursor: '', holdMs: undefined }, live)).toMatchObject({
    messages: [],
  })
  await origin.close()
})

test('a base address that a server named is not let into private ranges', async () => {
  const origin = await origins.startOrigin()
  const credentials = writeCredentials({ token: 't', baseUrl: origin.url, botId: 'b', userId: '' })
  const fault = await faultOf(
    world.channel.poll(credentials, { cursor: '', holdMs: undefined }, live),
    'channel_unreachable',
  )
  expect(fault).toMatchObject({ retryable: false, sent: 'no' })
  expect(origin.connections).toBe(0)
  await origin.close()
})

describe('telling that a device listens, or no longer does,', () => {
  test('is one call each', async () => {
    await world.channel.begin(world.credentials)
    await world.channel.end(world.credentials)
    expect(world.rig.requests.map(({ path }) => path)).toEqual([
      '/ilink/bot/msg/notifystart',
      '/ilink/bot/msg/notifystop',
    ])
    expect(world.rig.violations).toEqual([])
  })

  test('finds a dead session', async () => {
    world.rig.killSession(world.bot.botId)
    await faultOf(world.channel.begin(world.credentials), 'session_dead')
    await faultOf(world.channel.end(world.credentials), 'session_dead')
  })

  test('may be tried again when the network fails', async () => {
    world.rig.next('notifystart', { reset: true })
    await faultOf(world.channel.begin(world.credentials), 'channel_unreachable')
  })
})

describe('a file that the user sent', () => {
  const limits = { maxBytes: 1024 ** 2, signal: live }

  test.each([[{ taskid: false }], [{ taskid: true }]])(
    'waits on the CDN as it rests there (%j)',
    async (options) => {
      Object.assign(world.rig.options, options)
      world.phone.write(world.bot.botId, { video: videoBytes, thumb: thumbBytes, playMs: 3000 })
      world.phone.write(world.bot.botId, { image: thumbBytes }, { plain: true })
      const { messages } = await poll()
      const [video, image] = messages.slice(1).flatMap(({ parts }) => parts)
      if (video?.kind !== 'video' || image?.kind !== 'image' || !video.thumb) throw new Error('other parts')
      expect(video).toMatchObject({ durationMs: 3000, thumb: { width: 300, height: 225 } })
      const sealed = await bytesOf(await world.channel.open(video.file.locator, limits))
      expect(unseal(sealed, video.file.aesKey).equals(videoBytes)).toBe(true)
      const sealedThumb = await bytesOf(await world.channel.open(video.thumb.locator, limits))
      expect(unseal(sealedThumb, video.thumb.aesKey).equals(thumbBytes)).toBe(true)
      expect(image.file.aesKey).toBe('')
      const plain = await bytesOf(await world.channel.open(image.file.locator, limits))
      expect(plain.equals(thumbBytes)).toBe(true)
    },
  )

  test('is refused beyond the size that is taken', async () => {
    world.phone.write(world.bot.botId, { file: videoBytes, name: 'a.bin' })
    const part = (await poll()).messages.at(-1)?.parts[0]
    if (part?.kind !== 'file') throw new Error('another part')
    expect(part).toMatchObject({ name: 'a.bin', extension: 'bin', file: { length: videoBytes.length } })
    await faultOf(world.channel.open(part.file.locator, { ...limits, maxBytes: 1000 }), 'fetch_too_large')
  })

  test('is not fetched from a private host that the message names', async () => {
    const origin = await origins.startOrigin(origins.serve('x'))
    const media = { encrypt_query_param: 'P', full_url: `${origin.url}/download?key=s3cret` }
    world.phone.write(world.bot.botId, { item: { type: 2, image_item: { media } } })
    const part = (await poll()).messages.at(-1)?.parts[0]
    if (part?.kind !== 'image') throw new Error('another part')
    const fault = await faultOf(world.channel.open(part.file.locator, limits), 'url_forbidden')
    expect(fault.message).not.toContain('s3cret')
    expect(origin.connections).toBe(0)
    await origin.close()
  })
})

function unseal(bytes: Buffer, key: string): Buffer {
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(key, 'hex'), null)
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}
