import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type IlinkServer, type Shown, startIlinkServer } from '../rigs/ilink-server.ts'
import { type OfficialClient, officialClient, officialLogin } from '../rigs/official-client.ts'
import { serve, startOrigin } from '../rigs/origin.ts'

/** Tencent's own client against the rig: what it does is right, so the rig must find nothing wrong and show everything. */

const clip = 'test/fixtures/media/moov-first.mp4'
let folder: string
let rig: IlinkServer
let client: OfficialClient
let to: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judge-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  rig = await startIlinkServer()
  const phone = rig.phone()
  to = phone.userId
  const { token, botId } = rig.bind()
  client = await officialClient(rig.url, token, rig.cdnUrl)
  phone.write(botId, { text: 'hello' })
  await client.receive()
})

afterEach(async () => {
  client.close()
  await rig.close()
})

function holds(shown: Shown | undefined, bytes: Buffer): boolean {
  return shown?.bytes?.equals(bytes) ?? false
}

/** A file of random bytes; returns its path. */
async function fileOf(name: string, length: number): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, randomBytes(length))
  return path
}

test('its login stores the credentials that the rig issued', async () => {
  const phone = rig.phone('o9cqSomebodyElse@im.wechat')
  const stored = await officialLogin(rig.url, (qrData) => phone.confirm(qrData))
  const bot = rig.bots.find(({ userId }) => userId === phone.userId)
  expect(stored).toEqual({ token: bot?.token, baseUrl: rig.url, userId: phone.userId })
  expect(rig.violations).toEqual([])
})

test('its text reaches the phone', async () => {
  await client.sendText(to, '你好，世界 👋')
  expect(rig.violations).toEqual([])
  expect(rig.phone().screen).toMatchObject([{ kind: 'text', text: '你好，世界 👋' }])
})

test.each([
  ['image', 'picture.png', 4096],
  ['image', 'one-block-less-one.jpg', 15],
  ['video', 'video.mp4', 700_001],
  ['file', 'report.pdf', 1_000_000],
  ['file', '报告.zip', 0],
] as const)('its %s %s of %d bytes reaches the phone as it was', async (kind, name, length) => {
  const path = await fileOf(name, length)
  if (kind === 'image') await client.sendImage(to, path)
  else if (kind === 'video') await client.sendVideo(to, path)
  else await client.sendFile(to, path)
  expect(rig.violations).toEqual([])
  const bytes = await readFile(path)
  const [shown, ...more] = rig.phone().screen
  expect(more).toEqual([])
  expect(shown).toMatchObject({ kind, length, md5: createHash('md5').update(bytes).digest('hex') })
  expect(holds(shown, bytes)).toBe(true)
  expect(shown?.name).toBe(kind === 'file' ? name : undefined)
})

test('a video of a URL is downloaded, uploaded and shown; without the send it is only uploaded', async () => {
  const bytes = await readFile(clip)
  const origin = await startOrigin({ '/clip.mp4': serve(bytes, { type: 'video/mp4' }) })
  try {
    const uploaded = await client.downloadAndUpload(`${origin.url}/clip.mp4`, to)
    expect(uploaded.length).toBe(bytes.length)
    expect(rig.phone().screen).toEqual([])
    await client.sendUrl(to, `${origin.url}/clip.mp4`)
    expect(holds(rig.phone().screen[0], bytes)).toBe(true)
  } finally {
    await origin.close()
  }
  expect(rig.violations).toEqual([])
})

test.each(['param', 'both'] as const)('it uploads when the answer names %s', async (uploadAnswer) => {
  rig.options.uploadAnswer = uploadAnswer
  await client.sendVideo(to, await fileOf('again.mp4', 100))
  expect(rig.phone().screen).toMatchObject([{ kind: 'video', length: 100 }])
  expect(rig.violations).toEqual([])
})

test('it tries an upload three times, and not again after a 4xx', async () => {
  const path = await fileOf('tries.mp4', 100)
  rig.next('cdn/upload', { status: 500 }, { reset: true })
  await client.sendVideo(to, path)
  expect(rig.phone().screen).toHaveLength(1)
  rig.next('cdn/upload', { status: 403, headers: { 'x-error-message': 'no such permit' } })
  await expect(client.sendVideo(to, path)).rejects.toThrow('no such permit')
  expect(rig.requests.filter((each) => each.endpoint === 'cdn/upload')).toHaveLength(4)
  expect(rig.violations).toEqual([])
})

test('it reads what the phone writes: ids beyond 2^53 exactly, media bytes as they were', async () => {
  const phone = rig.phone()
  const botId = rig.bots[0]?.botId ?? ''
  const bytes = randomBytes(100_000)
  const written = [
    phone.write(botId, { text: 'a quote', quote: { messageId: '7497484083968569736', title: 'first' } }),
    phone.write(botId, { image: bytes }),
    phone.write(botId, { image: bytes }, { plain: true }),
    phone.write(botId, { video: bytes, playMs: 3000 }),
    phone.write(botId, { voice: bytes }),
    phone.write(botId, { file: bytes, name: 'a.bin' }),
  ]
  const received = await client.receive()
  expect(received.map(({ messageId }) => messageId)).toEqual(written.map(({ messageId }) => messageId))
  expect(received[0]?.text).toBe('a quote')
  for (const { media } of received.slice(1)) expect(media?.equals(bytes)).toBe(true)
  expect(rig.violations).toEqual([])
})

test('its start, typing and stop are in order', async () => {
  await client.typeOnce(to)
  expect(rig.typing.map(({ status }) => status)).toEqual([1, 2])
  expect(rig.violations).toEqual([])
})
