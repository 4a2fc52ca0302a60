import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OutgoingFile } from '../../src/channels/channel.ts'
import { readReference } from '../../src/channels/ilink/reference.ts'
import { faultOf } from '../outbound/door.ts'
import type { Fate, RigRequest } from '../rigs/ilink-server.ts'
import * as origins from '../rigs/origin.ts'
import { fc } from '../rigs/properties.ts'
import { outgoing, seal, startWorld, thumbBytes, videoBytes, type World } from './ilink-world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  await world.close()
})

const live = new AbortController().signal

function upload(file: OutgoingFile = outgoing('video', false), signal = live) {
  return world.channel.upload(world.credentials, world.phone.userId, file, signal)
}

async function shown(file: OutgoingFile) {
  const reference = await upload(file)
  const body = { kind: 'file', file, reference } as const
  await world.channel.send(world.credentials, { toWxid: world.phone.userId, context: world.context, body })
  return world.phone.screen.at(-1)
}

function calls(endpoint: RigRequest['endpoint']): readonly RigRequest[] {
  return world.rig.requests.filter((request) => request.endpoint === endpoint)
}

const pathsOf = (endpoint: RigRequest['endpoint']) => calls(endpoint).map(({ path }) => path)

describe('an upload', () => {
  test.each([
    ['video', 2],
    ['image', 1],
    ['file', 3],
  ] as const)('of a %s declares everything', async (kind, mediaType) => {
    const file = outgoing(kind, false)
    await upload(file)
    expect(calls('getuploadurl')[0]?.body).toEqual({
      filekey: expect.stringMatching(/^[0-9a-f]{32}$/),
      media_type: mediaType,
      to_user_id: world.phone.userId,
      rawsize: 300_001,
      rawfilemd5: file.body.md5,
      filesize: 300_016,
      no_need_thumb: true,
      aeskey: file.body.aesKey,
      base_info: expect.any(Object),
    })
    expect(world.rig.violations).toEqual([])
  })

  test('shows the CDN neither token nor headers of the API', async () => {
    await upload()
    const headers = calls('cdn/upload')[0]?.headers
    expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '300016' })
    expect(Object.keys(headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ])
  })

  test.each(['full', 'param', 'both'] as const)('goes where the answer says (%s)', async (uploadAnswer) => {
    world.rig.options.uploadAnswer = uploadAnswer
    const seen = await shown(outgoing('video', false))
    expect(seen?.bytes?.equals(videoBytes)).toBe(true)
    expect(world.rig.violations).toEqual([])
  })

  test.each([0, 1, 15, 16, 17, 1024 ** 2])('of %i bytes arrives whole', async (length) => {
    const file = { ...outgoing('file'), body: seal(Buffer.alloc(length, 'x')) }
    const seen = await shown(file)
    expect(seen).toMatchObject({ length, md5: file.body.md5 })
    expect(world.rig.violations).toEqual([])
  })

  test('opens its source once', async () => {
    const file = outgoing('video', false)
    await upload(file)
    expect(file.body.opened).toBe(1)
  })
})

describe('a thumbnail', () => {
  test.each(['full', 'param'] as const)("goes with the file's own permit (%s)", async (thumbAnswer) => {
    world.rig.options.thumbAnswer = thumbAnswer
    const seen = await shown(outgoing('video'))
    expect(seen?.thumb?.equals(thumbBytes)).toBe(true)
    expect(calls('getuploadurl')).toHaveLength(1)
    expect(calls('getuploadurl')[0]?.body).toMatchObject({
      no_need_thumb: false,
      thumb_rawsize: 5000,
      thumb_filesize: 5008,
    })
    expect(world.rig.violations).toEqual([])
  })

  test('goes as a picture of its own where the answer has no place for it', async () => {
    world.rig.options.thumbAnswer = 'none'
    const seen = await shown(outgoing('video'))
    expect(seen?.thumb?.equals(thumbBytes)).toBe(true)
    const [first, second] = calls('getuploadurl').map(({ body }) => JSON.parse(JSON.stringify(body)))
    expect(second).toMatchObject({ media_type: 1, no_need_thumb: true, aeskey: first.aeskey, rawsize: 5000 })
    expect(second.filekey).not.toBe(first.filekey)
    expect(world.rig.violations).toEqual([])
  })

  test('goes as a picture of its own where the first way is refused', async () => {
    const onThumb: Fate[] = [{ delayMs: 0 }, { status: 403, headers: { 'x-error-message': 'no thumb' } }]
    world.rig.next('cdn/upload', ...onThumb)
    const seen = await shown(outgoing('video'))
    expect(seen?.thumb?.equals(thumbBytes)).toBe(true)
    expect(calls('getuploadurl')).toHaveLength(2)
    expect(world.log()).toContain('no thumb')
  })

  test('under a key of its own goes as a picture', async () => {
    const file = { ...outgoing('video'), thumb: { ...seal(thumbBytes), width: 300, height: 225 } }
    const seen = await shown(file)
    expect(seen?.thumb?.equals(thumbBytes)).toBe(true)
    expect(calls('getuploadurl')[0]?.body).toMatchObject({ no_need_thumb: true })
    expect(world.rig.violations).toEqual([])
  })

  test.each([
    ['cdn/upload', [{ delayMs: 0 }, { status: 400 }, { status: 400 }]],
    ['getuploadurl', [{ delayMs: 0 }, { ret: -2 }]],
    ['getuploadurl', [{ delayMs: 0 }, { ret: -14 }]],
  ] as const)('that fails (%s: %j) does not take the video with it', async (endpoint, fates) => {
    if (endpoint === 'getuploadurl') world.rig.options.thumbAnswer = 'none'
    world.rig.next(endpoint, ...fates)
    const seen = await shown(outgoing('video'))
    expect(seen?.kind).toBe('video')
    expect(seen?.why).toBeUndefined()
    expect(seen?.thumb).toBeUndefined()
    expect(world.log()).toContain('thumbnail was not uploaded')
  })

  test('of a plain file is not sent', async () => {
    await upload({ ...outgoing('video'), kind: 'file', name: 'a.mp4' })
    expect(calls('cdn/upload')).toHaveLength(1)
    expect(calls('getuploadurl')[0]?.body).toMatchObject({ no_need_thumb: true })
  })
})

describe('an upload that breaks', () => {
  test.each<[string, Fate]>([
    ['500', { status: 500 }],
    ['201', { status: 201, headers: { 'x-encrypted-param': 'P' } }],
    ['204', { status: 204 }],
    ['302', { status: 302, headers: { location: '/elsewhere' } }],
    ['200 without the parameter', { status: 200 }],
    ['200 with an empty parameter', { status: 200, headers: { 'x-encrypted-param': ' ' } }],
    ['a reset', { reset: true }],
    ['a reset in the body', { resetAfter: 100_000 }],
  ])('by %s is tried again on the same address, then on a fresh one', async (_name, fate) => {
    world.rig.next('cdn/upload', fate, fate)
    const file = outgoing('video', false)
    const seen = await shown(file)
    expect(seen?.bytes?.equals(videoBytes)).toBe(true)
    const [first, second, third] = pathsOf('cdn/upload')
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(calls('getuploadurl')).toHaveLength(2)
    expect(file.body.opened).toBe(3)
  })

  test('at any byte is made whole by the next try', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 300_016 }), async (resetAfter) => {
        world.rig.next('cdn/upload', { resetAfter })
        expect((await shown(outgoing('video', false)))?.bytes?.equals(videoBytes)).toBe(true)
        world.phone.write(world.bot.botId, { text: 'more' })
      }),
      { numRuns: 15, examples: [[0], [1], [16], [300_015], [300_016]] },
    )
    expect(world.rig.violations).toEqual([])
  })

  test('three times is given up', async () => {
    world.rig.next('cdn/upload', { status: 500 }, { reset: true }, { status: 503, body: 'busy' })
    const fault = await faultOf(upload(), 'upload_failed')
    expect(fault).toMatchObject({ retryable: true, sent: 'no' })
    expect(fault.reason).toMatch(/503.*busy/)
    expect(calls('cdn/upload')).toHaveLength(3)
  })

  test('by a refusal is not tried again', async () => {
    world.rig.next('cdn/upload', { status: 403, headers: { 'x-error-message': 'permit\t expired' } })
    const fault = await faultOf(upload(), 'upload_failed')
    expect(fault.reason).toMatch(/403.*permit expired/)
    expect(calls('cdn/upload')).toHaveLength(1)
  })

  test('by a refusal without words tells those of the body', async () => {
    world.rig.next('cdn/upload', { status: 400, body: 'bad permit' })
    expect((await faultOf(upload(), 'upload_failed')).reason).toContain('bad permit')
  })

  test('after it arrived, so that the permit is used up, gets a fresh one', async () => {
    world.rig.next('cdn/upload', { actThen: 'reset' })
    const seen = await shown(outgoing('video', false))
    expect(seen?.bytes?.equals(videoBytes)).toBe(true)
    expect(calls('cdn/upload')).toHaveLength(3)
    expect(calls('getuploadurl')).toHaveLength(2)
  })

  test('stops with the reason of an abort', async () => {
    world.rig.next('cdn/upload', { hang: true })
    const abort = new AbortController()
    const work = upload(outgoing('video'), abort.signal)
    await expect.poll(() => calls('cdn/upload').length).toBe(1)
    const reason = new Error('stop')
    abort.abort(reason)
    await expect(work).rejects.toBe(reason)
  })

  test('stops when the gateway does, and sent nothing', async () => {
    world.rig.next('cdn/upload', { hang: true })
    const work = faultOf(upload(), 'shutting_down')
    await expect.poll(() => calls('cdn/upload').length).toBe(1)
    await world.outbound.close()
    expect((await work).sent).toBe('no')
  })

  test('since its source breaks is not tried again', async () => {
    const reason = new Error('disk')
    const file = outgoing('video', false)
    const broken = { ...file, body: { ...file.body, pieces: () => failing(reason) } }
    await expect(upload(broken)).rejects.toBe(reason)
    expect(calls('cdn/upload').length).toBeLessThanOrEqual(1)
  })

  test('since its source is shorter than it should be is not tried again', async () => {
    const file = outgoing('video', false)
    const short = { ...file, body: { ...file.body, pieces: seal(Buffer.alloc(1000)).pieces, opened: 0 } }
    await faultOf(upload(short), 'storage_failed')
    expect(calls('cdn/upload').length).toBeLessThanOrEqual(1)
  })
})

// biome-ignore lint/correctness/useYield: it fails before its first piece
async function* failing(reason: Error): AsyncGenerator<Buffer> {
  throw reason
}

describe('a permit that is not given:', () => {
  test.each([-2, -12])('ret %i is a limit', async (ret) => {
    world.rig.next('getuploadurl', { ret, errmsg: 'prepare failed' })
    const fault = await faultOf(upload(), 'channel_limited')
    expect(fault.reason).toContain('prepare failed')
  })

  test('ret -3 names the receiver', async () => {
    world.rig.next('getuploadurl', { ret: -3 })
    await faultOf(upload(), 'channel_refused')
  })

  test.each([{ ret: -14 }, { ret: -14, errcode: true }])('%j is a dead session', async (fate) => {
    world.rig.next('getuploadurl', fate)
    await faultOf(upload(), 'session_dead')
  })

  test('an unknown receiver has no address', async () => {
    const work = world.channel.upload(world.credentials, 'nobody@im.wechat', outgoing('video'), live)
    const fault = await faultOf(work, 'upload_failed')
    expect(fault).toMatchObject({ retryable: true })
    expect(fault.reason).toContain('ret -1: unknown user')
  })

  test.each([[{}], [{ upload_full_url: ' ', upload_param: '' }], [{ upload_full_url: 5 }]])(
    '%j has no address',
    async (answer) => {
      world.rig.next('getuploadurl', { answer })
      await faultOf(upload(), 'upload_failed')
    },
  )

  test('an address beside a fault is not used', async () => {
    world.rig.next('getuploadurl', {
      answer: { ret: 9, errmsg: 'odd', upload_full_url: 'http://127.0.0.1:1/' },
    })
    expect((await faultOf(upload(), 'channel_refused')).reason).toContain('ret 9: odd')
  })

  test.each<[Fate]>([[{ status: 500 }], [{ status: 404 }], [{ reset: true }], [{ badJson: true }]])(
    '%j may be tried again',
    async (fate) => {
      world.rig.next('getuploadurl', fate)
      expect(await faultOf(upload(), 'channel_unreachable')).toMatchObject({ retryable: true, sent: 'no' })
      expect(calls('getuploadurl')).toHaveLength(1)
    },
  )

  test('an address in a private range is not spoken to', async () => {
    const origin = await origins.startOrigin()
    world.rig.next('getuploadurl', { answer: { upload_full_url: `${origin.url}/upload?key=s3cret` } })
    const fault = await faultOf(upload(), 'upload_failed')
    expect(fault.retryable).toBe(false)
    expect(fault.message).not.toContain('s3cret')
    expect(origin.connections).toBe(0)
    await origin.close()
  })

  test('an address that is none is told', async () => {
    world.rig.next('getuploadurl', { answer: { upload_full_url: 'nonsense' } })
    expect((await faultOf(upload(), 'upload_failed')).retryable).toBe(false)
  })
})

test('a reference holds what a send needs', async () => {
  const file = outgoing('video')
  const reference = readReference(await upload(file))
  expect(reference).toEqual({
    d: expect.any(String),
    aesKey: file.body.aesKey,
    size: 300_016,
    thumb: { d: expect.any(String), aesKey: file.body.aesKey, size: 5008, width: 300, height: 225 },
  })
})

test('an upload leaves no secret in the log', async () => {
  world.rig.next('cdn/upload', { status: 500, body: 'x'.repeat(64) }, { reset: true })
  const file = outgoing('video')
  const reference = readReference(await upload(file))
  expect(world.log()).toContain('tried again')
  const params = pathsOf('cdn/upload').map((path) =>
    new URLSearchParams(path.split('?')[1]).get('encrypted_query_param'),
  )
  for (const secret of [world.bot.token, file.body.aesKey, reference.d, ...params]) {
    expect(secret).toBeTruthy()
    expect(world.log()).not.toContain(secret)
  }
})
