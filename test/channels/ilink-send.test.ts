import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RemoteBody } from '../../src/channels/channel.ts'
import { writeCredentials } from '../../src/channels/ilink/credentials.ts'
import { createIlink } from '../../src/channels/ilink/ilink.ts'
import { GatewayError } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { version } from '../../src/version.ts'
import { faultOf, config as openDoor } from '../outbound/door.ts'
import * as origins from '../rigs/origin.ts'
import { outgoing, settingsFor, startWorld, thumbBytes, videoBytes, type World } from './ilink-world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  await world.close()
})

const live = new AbortController().signal

function send(body: RemoteBody, channel = world.channel) {
  return channel.send(world.credentials, { toWxid: world.phone.userId, context: world.context, body })
}

const text = (words: string): RemoteBody => ({ kind: 'text', text: words })

async function sendFile(file = outgoing('video'), channel = world.channel) {
  const reference = await channel.upload(world.credentials, world.phone.userId, file, live)
  return send({ kind: 'file', file, reference }, channel)
}

/** The one item of the last message. */
function item(): unknown {
  const body = world.rig.requests.findLast(({ endpoint }) => endpoint === 'sendmessage')?.body
  return JSON.parse(JSON.stringify(body)).msg.item_list[0]
}

describe('a text', () => {
  test('is shown, and has the id that the network gave', async () => {
    const { remoteId } = await send(text('你好'))
    expect(world.phone.screen).toMatchObject([{ kind: 'text', text: '你好' }])
    expect(remoteId).toBe(world.phone.screen[0]?.messageId)
    expect(world.rig.violations).toEqual([])
    expect(world.rig.requests.at(-1)?.body).toEqual({
      msg: {
        from_user_id: '',
        to_user_id: world.phone.userId,
        client_id: expect.stringMatching(/^hongyan:\d{13}-[0-9a-f]{8}$/),
        message_type: 2,
        message_state: 2,
        item_list: [{ type: 1, text_item: { text: '你好' } }],
        context_token: world.context,
      },
      base_info: { channel_version: '2.4.9', bot_agent: `Hongyan/${version}` },
    })
  })

  test.each([undefined, ''])('without a context (%j) leaves the key out', async (context) => {
    world.rig.options.missingContext = 'accept'
    await world.channel.send(world.credentials, { toWxid: world.phone.userId, context, body: text('x') })
    expect(JSON.stringify(world.rig.requests.at(-1)?.body)).not.toContain('context_token')
    expect(world.phone.screen).toHaveLength(1)
  })

  test('has a new client id each time', async () => {
    await send(text('1'))
    await send(text('2'))
    const [first, second] = world.phone.screen
    expect(first?.clientId).not.toBe(second?.clientId)
  })

  test('may have 2000 characters, however many units they are', async () => {
    await send(text('𠮷'.repeat(2000)))
    const fault = await faultOf(send(text('雁'.repeat(2001))), 'text_too_long')
    expect(fault.reason).toMatch(/2001.*2000.*分成几条/)
    expect(world.phone.screen).toHaveLength(1)
  })

  test.each([[{ emptySendAnswer: true }], [{ sendId: false }]])(
    'has no id when the answer has none (%j)',
    async (how) => {
      Object.assign(world.rig.options, how)
      expect(await send(text('x'))).toEqual({ remoteId: undefined })
    },
  )

  test.each([[{ sendAnswersRet: false }], [{ bareIds: false }]])('has its id also with %j', async (how) => {
    Object.assign(world.rig.options, how)
    expect((await send(text('x'))).remoteId).toMatch(/^\d{16,20}$/)
  })
})

describe('a file', () => {
  test('is shown as a video with its thumbnail', async () => {
    await sendFile()
    expect(world.rig.violations).toEqual([])
    const [shown] = world.phone.screen
    expect(shown).toMatchObject({ kind: 'video', thumbWidth: 300, thumbHeight: 225 })
    expect(shown?.why).toBeUndefined()
    expect(shown?.bytes?.equals(videoBytes)).toBe(true)
    expect(shown?.thumb?.equals(thumbBytes)).toBe(true)
    const media = { encrypt_query_param: expect.any(String), aes_key: expect.any(String), encrypt_type: 1 }
    expect(item()).toEqual({
      type: 5,
      video_item: {
        media,
        video_size: 300_016,
        video_md5: shown?.md5,
        thumb_media: media,
        thumb_size: 5008,
        thumb_width: 300,
        thumb_height: 225,
      },
    })
  })

  test.each([
    ['ms', 18_320],
    ['seconds', 18],
    ['omit', undefined],
  ] as const)('tells its play length in %s', async (ilinkPlayLength, value) => {
    await sendFile(outgoing('video', false), world.with({ ilinkPlayLength }))
    expect(world.phone.screen[0]?.playLength).toBe(value)
  })

  test.each([false, true])('is shown as a picture (thumbnail: %s)', async (thumb) => {
    await sendFile(outgoing('image', thumb))
    expect(world.rig.violations).toEqual([])
    expect(world.phone.screen[0]).toMatchObject({ kind: 'image' })
    expect(world.phone.screen[0]?.why).toBeUndefined()
    expect(world.phone.screen[0]?.bytes?.equals(videoBytes)).toBe(true)
    expect(item()).toMatchObject({ type: 2, image_item: { mid_size: 300_016 } })
    expect(JSON.stringify(item()).includes('thumb_media')).toBe(thumb)
  })

  test('is shown as a file with its name, and its length is a text', async () => {
    const file = outgoing('file')
    await sendFile(file)
    expect(world.rig.violations).toEqual([])
    expect(world.phone.screen[0]).toMatchObject({ kind: 'file', name: '报告.pdf' })
    expect(world.phone.screen[0]?.why).toBeUndefined()
    expect(item()).toMatchObject({ type: 4, file_item: { len: '300001', md5: file.body.md5 } })
  })

  test('goes again under its reference without moving its bytes', async () => {
    const file = outgoing('video')
    const reference = await world.channel.upload(world.credentials, world.phone.userId, file, live)
    await send({ kind: 'file', file, reference })
    await send({ kind: 'file', file, reference })
    expect(world.phone.screen).toHaveLength(2)
    expect(world.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/upload')).toHaveLength(2)
  })

  test.each(['', 'x', '{}', '{"v":2}', '{"v":1,"d":"D","aes_key":"short","size":16}'])(
    'is not sent under the reference %j',
    async (reference) => {
      await faultOf(send({ kind: 'file', file: outgoing('video'), reference }), 'upload_failed')
      expect(world.rig.requests).toEqual([])
    },
  )
})

describe('a send that is refused was not sent:', () => {
  test.each([-2, -12])('ret %i is a limit that the other side lifts', async (ret) => {
    world.rig.next('sendmessage', { ret, errmsg: 'rate\r\nlimited' })
    const fault = await faultOf(send(text('x')), 'channel_limited')
    expect(fault).toMatchObject({ sent: 'no', retryable: true })
    expect(fault.reason).toContain(`ret ${ret}: rate limited`)
    expect(fault.reason).toContain('对方再给机器人发一条消息')
  })

  test('the quota is one', async () => {
    world.rig.options.quota = 1
    world.phone.write(world.bot.botId, { text: 'x' })
    await send(text('1'))
    await faultOf(send(text('2')), 'channel_limited')
  })

  test('ret -3 names the receiver', async () => {
    const outgoingText = { toWxid: 'nobody@im.wechat', context: world.context, body: text('x') }
    const fault = await faultOf(world.channel.send(world.credentials, outgoingText), 'channel_refused')
    expect(fault).toMatchObject({ sent: 'no' })
    expect(fault.reason).toContain('接收人 id')
  })

  test('any other ret is named', async () => {
    world.rig.next('sendmessage', { ret: 77, errmsg: 'new fault' })
    const fault = await faultOf(send(text('x')), 'channel_refused')
    expect(fault.reason).toContain('ret 77: new fault')
    expect(fault.sent).toBe('no')
  })

  test.each([[{ ret: -14 }], [{ ret: -14, errcode: true }]])('%j is a dead session', async (fate) => {
    world.rig.next('sendmessage', fate)
    expect(await faultOf(send(text('x')), 'session_dead')).toMatchObject({ sent: 'no' })
  })

  test.each([400, 404, 429, 302])('HTTP %i', async (status) => {
    world.rig.next('sendmessage', { status })
    expect(await faultOf(send(text('x')), 'channel_refused')).toMatchObject({ sent: 'no' })
  })

  test('nobody listens', async () => {
    const origin = await origins.startOrigin()
    await origin.close()
    const channel = createIlink(settingsFor(origin.url), {
      outbound: world.outbound,
      log: createLog('silent'),
    })
    const credentials = writeCredentials({ token: 't', baseUrl: origin.url, botId: 'b', userId: '' })
    const work = channel.send(credentials, { toWxid: 'x', context: undefined, body: text('x') })
    expect(await faultOf(work, 'channel_unreachable')).toMatchObject({ sent: 'no', retryable: true })
  })

  test('the gateway is stopping already', async () => {
    await world.outbound.close()
    expect(await faultOf(send(text('x')), 'shutting_down')).toMatchObject({ sent: 'no' })
  })
})

describe('a send whose answer was lost may have arrived', () => {
  test.each([
    [{ status: 500 }],
    [{ status: 502, body: 'proxy' }],
    [{ reset: true as const }],
    [{ badJson: true as const }],
    [{ answer: 'text' }],
    [{ actThen: 'reset' as const }],
  ])('after %j', async (fate) => {
    world.rig.next('sendmessage', fate)
    const fault = await faultOf(send(text('x')), 'send_unknown')
    expect(fault).toMatchObject({ sent: 'unknown', retryable: false })
    // Never again by itself.
    expect(world.rig.requests.filter(({ endpoint }) => endpoint === 'sendmessage')).toHaveLength(1)
    expect(world.phone.screen).toHaveLength('actThen' in fate ? 1 : 0)
  })

  test('when the gateway stops meanwhile', async () => {
    const outbound = createOutbound(openDoor)
    const channel = createIlink(settingsFor(world.rig.url), { outbound, log: createLog('silent') })
    world.rig.next('sendmessage', { actThen: 'hang' })
    const work = faultOf(send(text('x'), channel), 'send_unknown')
    await expect.poll(() => world.phone.screen.length).toBe(1)
    await outbound.close()
    expect((await work).sent).toBe('unknown')
  })
})

test('no failure tells a secret', async () => {
  const file = outgoing('video')
  const reference = await world.channel.upload(world.credentials, world.phone.userId, file, live)
  const fates = [
    { ret: -2, errmsg: `bad ${world.bot.token}` },
    { status: 500 },
    { reset: true as const },
    { ret: 5 },
  ]
  world.rig.next('sendmessage', ...fates)
  for (const _ of fates) {
    const error = await send({ kind: 'file', file, reference }).catch((thrown: unknown) => thrown)
    if (!(error instanceof GatewayError)) throw new Error('no fault')
    const told = `${error.message} ${error.reason} ${world.log()}`
    const { d } = JSON.parse(reference)
    for (const secret of [world.bot.token, world.context, d, file.body.aesKey])
      expect(told).not.toContain(secret)
  }
})
