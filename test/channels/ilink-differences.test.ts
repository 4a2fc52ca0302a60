import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OutgoingFile, RemoteBody, RemoteChannel } from '../../src/channels/channel.ts'
import { bytesOf } from '../outbound/door.ts'
import type { RigRequest } from '../rigs/ilink-server.ts'
import { type OfficialClient, officialClient, officialLogin } from '../rigs/official-client.ts'
import { allowed, type Exchange } from './ilink-allowed-differences.ts'
import { compare } from './ilink-comparison.ts'
import { outgoing, startWorld, thumbBytes, videoBytes, type World } from './ilink-world.ts'

/** The same things done by Tencent's own client and by the driver, as one bot, towards one phone. */

const live = new AbortController().signal
const words = '你好，世界 👋\n<a href="x">1 & 2</a> \\ "3"'

let folder: string
let world: World
let client: OfficialClient
let cursor: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'both-'))
  const contents = {
    'photo.jpg': videoBytes,
    'clip.mp4': videoBytes,
    '报告.pdf': videoBytes,
    'thumb.jpg': thumbBytes,
  }
  for (const [name, bytes] of Object.entries(contents)) await writeFile(join(folder, name), bytes)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  world = await startWorld({ holdMs: 20, qrHoldMs: 20 })
  client = await officialClient(world.rig.url, world.bot.token, world.rig.cdnUrl)
  // It learns the context token of the user's message.
  await client.receive()
  cursor = ''
})

afterEach(async () => {
  client.close()
  await world.close()
})

/** The requests that this work causes. */
async function sentBy(work: () => Promise<unknown>): Promise<readonly RigRequest[]> {
  const before = world.rig.requests.length
  await work()
  return world.rig.requests.slice(before)
}

function expectOnlyAllowed(
  exchange: Exchange,
  sent: { readonly official: readonly RigRequest[]; readonly ours: readonly RigRequest[] },
): void {
  const { found, foreseen } = compare(exchange, sent, allowed)
  expect(found).toEqual(foreseen)
  expect(world.rig.violations).toEqual([])
}

async function send(body: RemoteBody, channel: RemoteChannel = world.channel): Promise<void> {
  const { credentials, context, phone } = world
  await channel.send(credentials, { toWxid: phone.userId, context, body })
}

async function sendFile(file: OutgoingFile, channel: RemoteChannel = world.channel): Promise<void> {
  const reference = await channel.upload(world.credentials, world.phone.userId, file, live)
  await send({ kind: 'file', file, reference }, channel)
}

async function poll() {
  const polled = await world.channel.poll(world.credentials, { cursor, holdMs: undefined }, live)
  cursor = polled.cursor ?? cursor
  return polled.messages
}

/** What there is to see, but for what only the driver sends. */
function seen(): object[] {
  return world.phone.screen.map(({ kind, text, bytes, length, md5, name, why }) => ({
    kind,
    text,
    bytes: bytes?.toString('base64'),
    length,
    md5,
    name,
    why,
  }))
}

function expectTheSameTwice(kind: string): void {
  const [official, ours, ...rest] = seen()
  expect(rest).toEqual([])
  expect(official).toMatchObject({ kind, why: undefined })
  expect(ours).toEqual(official)
}

test('a text is sent as the official client sends it', async () => {
  const official = await sentBy(() => client.sendText(world.phone.userId, words))
  const ours = await sentBy(() => send({ kind: 'text', text: words }))
  expect(official.map(({ endpoint }) => endpoint)).toEqual(['sendmessage'])
  expectOnlyAllowed('text', { official, ours })
  expectTheSameTwice('text')
})

interface FileCase {
  readonly exchange: Exchange
  readonly kind: OutgoingFile['kind']
  readonly name: string
  readonly thumb?: boolean
  readonly playLength?: 'seconds'
  readonly uploadAnswer?: 'param'
}

test.each<FileCase>([
  { exchange: 'image', kind: 'image', name: 'photo.jpg' },
  { exchange: 'image with thumbnail', kind: 'image', name: 'photo.jpg', thumb: true },
  { exchange: 'video', kind: 'video', name: 'clip.mp4' },
  { exchange: 'video with play length', kind: 'video', name: 'clip.mp4', playLength: 'seconds' },
  { exchange: 'file', kind: 'file', name: '报告.pdf' },
  { exchange: 'file at a built address', kind: 'file', name: '报告.pdf', uploadAnswer: 'param' },
])('$exchange: sent as the official client sends it, but for what is allowed', async (each) => {
  const { exchange, kind, name, thumb, playLength = 'omit', uploadAnswer = 'full' } = each
  world.rig.options.uploadAnswer = uploadAnswer
  const path = join(folder, name)
  const official = await sentBy(() => {
    if (kind === 'image') return client.sendImage(world.phone.userId, path)
    if (kind === 'video') return client.sendVideo(world.phone.userId, path)
    return client.sendFile(world.phone.userId, path)
  })
  const channel = world.with({ ilinkPlayLength: playLength })
  const ours = await sentBy(() => sendFile(outgoing(kind, thumb), channel))
  expect(official.map(({ endpoint }) => endpoint)).toEqual(['getuploadurl', 'cdn/upload', 'sendmessage'])
  expectOnlyAllowed(exchange, { official, ours })
  expectTheSameTwice(kind)
})

describe('a thumbnail moves as the official client moves a picture', () => {
  const sendPicture = () => client.sendImage(world.phone.userId, join(folder, 'thumb.jpg'))

  test('where it is the second part of its video', async () => {
    world.rig.options.uploadAnswer = 'param'
    const official = await sentBy(sendPicture)
    const ours = await sentBy(() => sendFile(outgoing('video')))
    expectOnlyAllowed('thumbnail as second part', {
      official: official.filter(({ endpoint }) => endpoint === 'cdn/upload'),
      ours: ours.filter(({ endpoint }) => endpoint === 'cdn/upload').slice(1),
    })
  })

  test('where the server has no address for it', async () => {
    world.rig.options.thumbAnswer = 'none'
    const official = await sentBy(sendPicture)
    const ours = await sentBy(() => sendFile(outgoing('video')))
    expect(ours.map(({ endpoint }) => endpoint)).toEqual([
      'getuploadurl',
      'cdn/upload',
      'getuploadurl',
      'cdn/upload',
      'sendmessage',
    ])
    expectOnlyAllowed('thumbnail as picture', { official: official.slice(0, 2), ours: ours.slice(2, 4) })
  })
})

test('start and stop are told as the official client tells them', async () => {
  const typing = await sentBy(() => client.typeOnce(world.phone.userId))
  const ours = await sentBy(async () => {
    await world.channel.begin(world.credentials)
    await world.channel.end(world.credentials)
  })
  // The driver does not type.
  const official = typing.filter(({ endpoint }) => endpoint.startsWith('notify'))
  expect(official.map(({ endpoint }) => endpoint)).toEqual(['notifystart', 'notifystop'])
  expectOnlyAllowed('start and stop', { official, ours })
})

test('messages are polled for as the official client polls, from the start and from a cursor', async () => {
  const fresh = await officialClient(world.rig.url, world.bot.token, world.rig.cdnUrl)
  try {
    const official = await sentBy(() => fresh.receive())
    const ours = await sentBy(() => poll())
    expect(cursor).not.toBe('')
    world.phone.write(world.bot.botId, { text: words })
    const officialNext = await sentBy(async () => {
      expect(await fresh.receive()).toMatchObject([{ text: words }])
    })
    const oursNext = await sentBy(async () => {
      expect(await poll()).toMatchObject([{ parts: [{ kind: 'text', text: words }] }])
    })
    expect(official.map(({ endpoint }) => endpoint)).toEqual(['getupdates'])
    expectOnlyAllowed('poll', { official: [...official, ...officialNext], ours: [...ours, ...oursNext] })
  } finally {
    fresh.close()
  }
})

test('a received file is fetched as the official client fetches it', async () => {
  await poll()
  const written = thumbBytes
  world.phone.write(world.bot.botId, { file: written, name: 'a.bin' })
  const official = await sentBy(async () => {
    const [received] = await client.receive()
    expect(received?.media?.equals(written)).toBe(true)
  })
  const ours = await sentBy(async () => {
    const [part] = (await poll()).flatMap(({ parts }) => parts)
    if (part?.kind !== 'file') throw new Error(`received ${part?.kind}`)
    const fetched = await world.channel.open(part.file.locator, { maxBytes: 1024 ** 2, signal: live })
    expect(await bytesOf(fetched)).toHaveLength((Math.floor(written.length / 16) + 1) * 16)
  })
  expect(official.map(({ endpoint }) => endpoint)).toEqual(['getupdates', 'cdn/download'])
  expectOnlyAllowed('received file', { official, ours })
})

test('a login goes as the official client goes it, with the tokens that are known', async () => {
  const { rig, channel, credentials } = world
  const official = await sentBy(() =>
    officialLogin(rig.url, (qrData) => rig.phone('o9cqFirst@im.wechat').confirm(qrData)),
  )
  const ours = await sentBy(async () => {
    const start = await channel.startLogin([credentials])
    rig.phone('o9cqSecond@im.wechat').confirm(start.qrData)
    expect(await channel.stepLogin(start.login, undefined, live)).toMatchObject({ kind: 'done' })
  })
  expect(official.map(({ endpoint }) => endpoint)).toEqual(['get_bot_qrcode', 'get_qrcode_status'])
  expectOnlyAllowed('login', { official, ours })
})
