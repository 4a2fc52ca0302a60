import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LoginStep } from '../../src/channels/channel.ts'
import { readCredentials, writeCredentials } from '../../src/channels/ilink/credentials.ts'
import { createIlink } from '../../src/channels/ilink/ilink.ts'
import { createLog } from '../../src/log.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { faultOf, config as openDoor } from '../outbound/door.ts'
import { settingsFor, startWorld, type World } from './ilink-world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld({ qrHoldMs: 20 })
})
afterEach(async () => {
  await world.close()
})

const live = new AbortController().signal

function step(login: string, code?: string): Promise<LoginStep> {
  return world.channel.stepLogin(login, code, live)
}

function loginOf(state: LoginStep): string {
  if (!('login' in state)) throw new Error(`the login is ${state.kind}`)
  return state.login
}

describe('a login', () => {
  test('starts with a QR code and the tokens that are known', async () => {
    const known = [world.credentials, 'unreadable', ...Array(20).fill(world.credentials)]
    const start = await world.channel.startLogin(known)
    expect(start).toMatchObject({ qrData: expect.stringContaining('liteapp.weixin.qq.com'), seconds: 120 })
    expect(start.uuid).toMatch(/^[0-9a-f]{32}$/)
    const [request] = world.rig.requests
    expect(request).toMatchObject({ method: 'POST', path: '/ilink/bot/get_bot_qrcode?bot_type=3' })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(request?.body).toEqual({ local_token_list: Array(10).fill(world.bot.token) })
    expect(world.rig.violations).toEqual([])
  })

  test('goes from waiting over scanned to done', async () => {
    const start = await world.channel.startLogin([])
    const waiting = await step(start.login)
    expect(waiting).toMatchObject({ kind: 'waiting', scanned: false })
    world.phone.scan(start.qrData)
    const scanned = await step(loginOf(waiting))
    expect(scanned).toMatchObject({ kind: 'waiting', scanned: true })
    const { botId } = world.phone.confirm(start.qrData)
    const done = await step(loginOf(scanned))
    if (done.kind !== 'done') throw new Error(done.kind)
    expect(done.wxid).toBe(botId)
    expect(readCredentials(done.credentials)).toEqual({
      token: world.rig.bots.at(-1)?.token,
      baseUrl: world.rig.url,
      botId,
      userId: world.phone.userId,
    })
    expect(world.rig.requests.at(-1)?.headers).not.toHaveProperty('x-wechat-uin')
    expect(world.rig.violations).toEqual([])
  })

  test('asks for digits, tells wrong ones, and forgets the right ones', async () => {
    const start = await world.channel.startLogin([])
    world.phone.requireCode(start.qrData, '123456')
    const asked = await step(start.login)
    expect(asked).toMatchObject({ kind: 'code', wrong: false })
    const wrong = await step(loginOf(asked), '000000')
    expect(wrong).toMatchObject({ kind: 'code', wrong: true })
    // The digits are not sent again by themselves once they were wrong.
    const again = await step(loginOf(wrong))
    expect(again).toMatchObject({ kind: 'code', wrong: false })
    const right = await step(loginOf(again), '123456')
    expect(right).toMatchObject({ kind: 'waiting', scanned: true })
    await step(loginOf(right))
    expect(world.rig.requests.at(-1)?.path).not.toContain('verify_code')
    expect(world.rig.violations).toEqual([])
  })

  test('sends digits again whose answer was lost', async () => {
    const start = await world.channel.startLogin([])
    world.phone.requireCode(start.qrData, '12 34')
    world.rig.next('get_qrcode_status', { reset: true })
    const lost = await step(start.login, '12 34')
    expect(lost).toMatchObject({ kind: 'waiting', scanned: false })
    expect(await step(loginOf(lost))).toMatchObject({ kind: 'waiting', scanned: true })
    expect(world.rig.requests.at(-1)?.path).toMatch(/&verify_code=12%2034$/)
  })

  test('is over after too many wrong digits', async () => {
    const start = await world.channel.startLogin([])
    world.phone.requireCode(start.qrData, '123456', 1)
    expect(await step(start.login, '000000')).toEqual({ kind: 'over', reason: 'blocked' })
  })

  test('is over when the QR code expired', async () => {
    const start = await world.channel.startLogin([])
    world.phone.expire(start.qrData)
    expect(await step(start.login)).toEqual({ kind: 'over', reason: 'expired' })
  })

  test('finds that the bot is already bound here', async () => {
    const start = await world.channel.startLogin([world.credentials])
    world.phone.confirm(start.qrData)
    expect(await step(start.login)).toEqual({ kind: 'bound' })
  })

  test('goes on at the host that it is sent to', async () => {
    // The host is named by a server, so the guarded door has to let it through.
    const outbound = createOutbound(openDoor)
    const channel = createIlink(settingsFor(world.rig.url), { outbound, log: createLog('silent') })
    const start = await channel.startLogin([])
    world.phone.confirm(start.qrData, { redirect: true })
    const moved = await channel.stepLogin(start.login, undefined, live)
    expect(moved).toMatchObject({ kind: 'waiting', scanned: true })
    const done = await channel.stepLogin(loginOf(moved), undefined, live)
    if (done.kind !== 'done') throw new Error(done.kind)
    expect(readCredentials(done.credentials).baseUrl).toBe(world.rig.redirectUrl)
    expect(world.rig.violations).toEqual([])
    await outbound.close()
  })

  test('is not sent to a private host', async () => {
    const start = await world.channel.startLogin([])
    world.phone.confirm(start.qrData, { redirect: true })
    const moved = await step(start.login)
    const before = world.rig.requests.length
    expect(await step(loginOf(moved))).toMatchObject({ kind: 'waiting', scanned: false })
    expect(world.rig.requests).toHaveLength(before)
  })

  test.each([undefined, '', 'a/b', 'user@host', 'host?x', 'host#x', 'a b', '-x', 'x:123456', 5])(
    'stays where it is when the host it is sent to is %j',
    async (redirect_host) => {
      const start = await world.channel.startLogin([])
      world.rig.next('get_qrcode_status', { answer: { status: 'scaned_but_redirect', redirect_host } })
      const moved = await step(start.login)
      expect(moved).toMatchObject({ kind: 'waiting', scanned: true })
      expect(JSON.parse(loginOf(moved))).toEqual(JSON.parse(start.login))
    },
  )

  test.each([
    [{ status: 502 }],
    [{ status: 524, body: 'proxy' }],
    [{ reset: true as const }],
    [{ badJson: true as const }],
    [{ answer: { status: 'something new' } }],
    [{ answer: { status: 5 } }],
    [{ answer: [] }],
    [{ ret: -1 }],
  ])('waits on after %j', async (fate) => {
    const start = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', fate)
    expect(await step(start.login)).toEqual({ kind: 'waiting', scanned: false, login: start.login })
  })

  test.each([
    ['no token', { ilink_bot_id: 'b@im.bot' }],
    ['a blank token', { bot_token: ' ', ilink_bot_id: 'b@im.bot' }],
    ['a token of two lines', { bot_token: 'a\nb', ilink_bot_id: 'b@im.bot' }],
    ['no bot', { bot_token: 't' }],
    ['an address of another kind', { bot_token: 't', ilink_bot_id: 'b@im.bot', baseurl: 'ftp://x' }],
    ['an address with a password', { bot_token: 't', ilink_bot_id: 'b@im.bot', baseurl: 'http://a:b@x' }],
  ])('fails when it is confirmed with %s', async (_name, fields) => {
    const start = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', { answer: { status: 'confirmed', ...fields } })
    await faultOf(step(start.login), 'login_failed')
  })

  test('without a base address takes the configured one', async () => {
    const start = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', {
      answer: { status: 'confirmed', bot_token: ' t ', ilink_bot_id: 'b@im.bot', baseurl: '' },
    })
    const done = await step(start.login)
    if (done.kind !== 'done') throw new Error(done.kind)
    expect(readCredentials(done.credentials)).toEqual({
      token: 't',
      baseUrl: `${world.rig.url}/`,
      botId: 'b@im.bot',
      userId: '',
    })
  })

  test('fails with what it did not start', async () => {
    await faultOf(step('{"qrcode":"x","host":"file:///x"}'), 'login_failed')
    await faultOf(step('x'), 'login_failed')
  })

  test('ends with the reason of an abort', async () => {
    const start = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', { hang: true })
    const abort = new AbortController()
    const work = world.channel.stepLogin(start.login, undefined, abort.signal)
    await expect.poll(() => world.rig.requests.length).toBe(2)
    const reason = new Error('stop')
    abort.abort(reason)
    await expect(work).rejects.toBe(reason)
  })

  test('ends when the gateway stops', async () => {
    const start = await world.channel.startLogin([])
    world.rig.next('get_qrcode_status', { hang: true })
    const work = faultOf(step(start.login), 'shutting_down')
    await expect.poll(() => world.rig.requests.length).toBe(2)
    await world.outbound.close()
    await work
  })
})

describe('the start of a login', () => {
  test.each([
    [{ ret: 2, errmsg: 'invalid bot_type' }, 'invalid bot_type'],
    [{ answer: { qrcode: 'x' } }, 'ret 0'],
    [{ answer: { qrcode: 'x', qrcode_img_content: 'y'.repeat(3000) } }, 'ret 0'],
  ])('fails after %j', async (fate, words) => {
    world.rig.next('get_bot_qrcode', fate)
    const fault = await faultOf(world.channel.startLogin([]), 'login_failed')
    expect(fault.reason).toContain(words)
  })

  test.each([[{ status: 500 }], [{ status: 404 }], [{ reset: true as const }], [{ badJson: true as const }]])(
    'may be tried again after %j',
    async (fate) => {
      world.rig.next('get_bot_qrcode', fate)
      const fault = await faultOf(world.channel.startLogin([]), 'channel_unreachable')
      expect(fault).toMatchObject({ retryable: true, sent: 'no' })
    },
  )
})

test.each([
  '',
  '{}',
  '{"token":"t","botId":"b"}',
  '{"token":"t","baseUrl":"x","botId":"b"}',
  '{"token":5,"baseUrl":"http://x","botId":"b"}',
  '{"token":"a\\r\\nb","baseUrl":"http://x","botId":"b"}',
])('credentials that read %j speak for nobody', async (credentials) => {
  await faultOf(world.channel.begin(credentials), 'session_dead')
  await faultOf(world.channel.poll(credentials, { cursor: '', holdMs: undefined }, live), 'session_dead')
  await faultOf(
    world.channel.send(credentials, { toWxid: 'x', context: undefined, body: { kind: 'text', text: 'x' } }),
    'session_dead',
  )
})

test('credentials are read as they were written', () => {
  const account = { token: 't', baseUrl: 'https://x/y', botId: 'b@im.bot', userId: 'u' }
  expect(readCredentials(writeCredentials(account))).toEqual(account)
})

test('a login leaves no secret in the log', async () => {
  const start = await world.channel.startLogin([world.credentials])
  world.rig.next('get_qrcode_status', { status: 500 }, { reset: true }, { badJson: true })
  for (let round = 0; round < 3; round += 1) await step(start.login, '123456')
  expect(world.log()).toContain('login poll failed')
  const { qrcode } = JSON.parse(start.login)
  for (const secret of [qrcode, world.bot.token, '123456', start.qrData])
    expect(world.log()).not.toContain(secret)
})
