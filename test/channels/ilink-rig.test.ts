import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PlainClient, plainClient } from '../rigs/ilink-client.ts'
import {
  type Bot,
  type IlinkOptions,
  type IlinkServer,
  type Phone,
  startIlinkServer,
} from '../rigs/ilink-server.ts'

let rig: IlinkServer
let phone: Phone
let bot: Readonly<Bot>
let client: PlainClient

beforeEach(async () => {
  rig = await startIlinkServer({ holdMs: 0, qrHoldMs: 0 })
  phone = rig.phone()
  bot = rig.bind()
  client = plainClient(rig, bot.token, phone.userId)
})

afterEach(() => rig.close())

const text = (words: string) => ({ type: 1, text_item: { text: words } })

describe('headers', () => {
  const blank = 'session timeout'

  test.each([
    [{ 'content-type': 'text/plain' }, 'Content-Type is text/plain, not application/json', undefined],
    [{ authorizationtype: undefined }, 'AuthorizationType is not ilink_bot_token', undefined],
    [{ 'x-wechat-uin': undefined }, 'X-WECHAT-UIN is not the base64 of a decimal uint32', undefined],
    [{ 'x-wechat-uin': 'NDI5NDk2NzI5Ng==' }, 'X-WECHAT-UIN is not the base64 of a decimal uint32', undefined],
    [{ 'x-wechat-uin': '305419896' }, 'X-WECHAT-UIN is not the base64 of a decimal uint32', undefined],
    [{ authorization: undefined }, 'Authorization is not Bearer and a token', blank],
    [{ authorization: 'Bearer 0600' }, 'the rig gave no such token', blank],
    [{ 'ilink-app-id': '' }, 'iLink-App-Id is missing', blank],
    [{ 'ilink-app-clientversion': '2.4.9' }, 'iLink-App-ClientVersion is not a decimal uint32', blank],
  ] as const)('%j is found', async (headers, violation, errmsg) => {
    const { json } = await client.poll('', { headers })
    expect(rig.violations).toEqual([`getupdates: ${violation}`])
    expect(json.errmsg).toBe(errmsg)
  })

  test('the same X-WECHAT-UIN twice in a row is found', async () => {
    await client.poll('', { headers: { 'x-wechat-uin': 'MA==' } })
    await client.poll('', { headers: { 'x-wechat-uin': 'MA==' } })
    expect(rig.violations).toEqual(['getupdates: X-WECHAT-UIN is the same as in the request before'])
  })

  test.each([
    [undefined, 'base_info is missing'],
    [{ bot_agent: 'A/1' }, 'base_info.channel_version is missing'],
    [{ channel_version: '1', bot_agent: 'no version' }, 'base_info.bot_agent is not a row'],
    [{ channel_version: '1', bot_agent: 'A/1 (b) C/2 D/3 (e (f))' }, 'base_info.bot_agent is not a row'],
  ])('base_info %j is found', async (info, violation) => {
    await client.poll('', { fields: { base_info: info } })
    expect(rig.violations).toEqual([expect.stringContaining(violation)])
  })

  test('lax, nothing is recorded and missing headers are forgiven', async () => {
    rig.options.strict = false
    const { json } = await client.poll(3, {
      headers: { 'ilink-app-id': '' },
      fields: { base_info: undefined },
    })
    expect(json).toMatchObject({ ret: 0, msgs: [] })
    expect(rig.violations).toEqual([])
  })
})

test('another method, another path, and no JSON are found', async () => {
  const statuses = [
    await fetch(`${rig.cdnUrl}/upload`, { method: 'PUT', body: 'x' }),
    await fetch(`${rig.url}/ilink/bot/notifystart`, { method: 'POST' }),
    await fetch(`${rig.url}/ilink/bot/sendmessage`, { method: 'POST', body: '{' }),
  ].map(({ status }) => status)
  expect(statuses).toEqual([404, 404, 400])
  expect(rig.violations).toEqual([
    'PUT /c2c/upload does not exist',
    'POST /ilink/bot/notifystart does not exist',
    'sendmessage: the body is no JSON',
  ])
})

describe('login', () => {
  async function start(tokens: string[] = []) {
    const { json } = await client.post('get_bot_qrcode?bot_type=3', { local_token_list: tokens })
    return { key: String(json.qrcode), data: String(json.qrcode_img_content) }
  }

  test('goes from wait to scaned to confirmed, once, and another bot of the user is dead from then on', async () => {
    const { key, data } = await start()
    const seen = [await client.status(key)]
    phone.scan(data)
    seen.push(await client.status(key))
    const { botId } = phone.confirm(data)
    seen.push(await client.status(key), await client.status(key))
    expect(seen.map(({ status }) => status)).toEqual(['wait', 'scaned', 'confirmed', 'expired'])
    expect(seen[2]).toEqual({
      ret: 0,
      status: 'confirmed',
      bot_token: expect.stringContaining(`${botId}:`),
      ilink_bot_id: botId,
      baseurl: rig.url,
      ilink_user_id: phone.userId,
    })
    expect((await client.poll('')).json).toMatchObject({ ret: -14, errcode: -14 })
    expect(rig.violations).toEqual([])
  })

  test('a held poll wakes when the phone acts', async () => {
    rig.options.qrHoldMs = 60_000
    const { key, data } = await start()
    const poll = client.status(key)
    phone.scan(data)
    expect((await poll).status).toBe('scaned')
  })

  test('asks for a code until it is right, and is blocked after too many wrong ones', async () => {
    const { key, data } = await start()
    phone.requireCode(data, '42', 2)
    const right = [await client.status(key), await client.status(key, '&verify_code=1')]
    right.push(await client.status(key, '&verify_code=42'))
    expect(right.map(({ status }) => status)).toEqual(['need_verifycode', 'need_verifycode', 'scaned'])
    const other = await start()
    phone.requireCode(other.data, '42', 2)
    await client.status(other.key, '&verify_code=1')
    expect((await client.status(other.key, '&verify_code=2')).status).toBe('verify_code_blocked')
    expect(() => phone.confirm(other.data)).toThrow('of no more use')
  })

  test('a redirect is confirmed at the other host only; staying is found', async () => {
    const { key, data } = await start()
    phone.confirm(data, { redirect: true })
    const told = await client.status(key)
    expect(told).toEqual({
      ret: 0,
      status: 'scaned_but_redirect',
      redirect_host: new URL(rig.redirectUrl).host,
    })
    expect((await client.status(key)).status).toBe('scaned_but_redirect')
    expect(rig.violations).toEqual([expect.stringContaining('stays on the host')])
    expect(await client.status(key, '', rig.redirectUrl)).toMatchObject({
      status: 'confirmed',
      baseurl: rig.redirectUrl,
    })
  })

  test('an installation that holds the bot is told so', async () => {
    const { key, data } = await start([bot.token])
    expect(phone.confirm(data).botId).toBe(bot.botId)
    expect(await client.status(key)).toEqual({ ret: 0, status: 'binded_redirect' })
  })

  test('a QR code expires by the clock', async () => {
    const { key } = await start()
    rig.options.now = () => Date.now() + rig.options.qrLifetimeMs
    expect((await client.status(key)).status).toBe('expired')
  })

  test('a wrong bot_type, a list that is none, and a strange qrcode are found', async () => {
    const { json } = await client.post('get_bot_qrcode?bot_type=1', { local_token_list: [] })
    expect(json.ret).toBe(2)
    await client.post('get_bot_qrcode?bot_type=3', { local_token_list: Array(11).fill('t') })
    await client.status('none')
    expect(rig.violations).toEqual([
      'get_bot_qrcode: bot_type is not 3',
      'get_bot_qrcode: local_token_list is not a list of at most 10 tokens',
      'get_qrcode_status: the rig made no such qrcode',
    ])
  })
})

describe('updates', () => {
  const ids = (body: string) => [...body.matchAll(/"message_id":(\d+)/g)].map((match) => match[1])

  test('a held poll wakes for a message, whose id is a bare number beyond 2^53', async () => {
    rig.options.holdMs = 60_000
    const poll = client.poll('')
    await expect.poll(() => rig.polling(bot.botId)).toBe(1)
    const { messageId, contextToken } = phone.write(bot.botId, { text: 'hi "message_id":"1"' })
    const { text: body, json } = await poll
    expect(Number(messageId)).toBeGreaterThan(2 ** 53)
    expect(ids(body)).toEqual([messageId])
    expect(json.msgs).toMatchObject([
      { context_token: contextToken, item_list: [{ text_item: { text: 'hi "message_id":"1"' } }] },
    ])
  })

  test('the presented cursor says where to go on; an empty one means what was not delivered yet', async () => {
    phone.write(bot.botId, { text: 'one' })
    const first = await client.poll('')
    phone.write(bot.botId, { text: 'two' }, { duplicate: 'same id' })
    const second = await client.poll(first.json.get_updates_buf)
    const [id, again, ...none] = ids(second.text)
    expect([again, none]).toEqual([id, []])
    expect(ids((await client.poll(first.json.get_updates_buf)).text)).toEqual([id, id])
    rig.options.replay = false
    expect(ids((await client.poll(first.json.get_updates_buf)).text)).toEqual([])
    expect(ids((await client.poll('')).text)).toEqual([])
    phone.write(bot.botId, { text: 'three' }, { duplicate: 'new id' })
    expect(new Set(ids((await client.poll('')).text)).size).toBe(2)
    expect(rig.violations).toEqual([])
  })

  test('a poll that was reset before its answer delivered nothing', async () => {
    phone.write(bot.botId, { text: 'one' })
    rig.next('getupdates', { reset: true })
    await expect(client.poll('')).rejects.toThrow()
    expect(ids((await client.poll('')).text)).toHaveLength(1)
    rig.options.replay = false
    phone.write(bot.botId, { text: 'two' })
    rig.next('getupdates', { actThen: 'reset' })
    await expect(client.poll('')).rejects.toThrow()
    expect(ids((await client.poll('')).text)).toEqual([])
  })

  test('a cursor that the bot was never given is found', async () => {
    await client.poll('AAAA')
    await client.poll(undefined)
    expect(rig.violations).toEqual([
      'getupdates: the rig made no such get_updates_buf for this bot',
      'getupdates: get_updates_buf is not a string',
    ])
  })

  test('a killed session wakes its poll with -14, until it is revived', async () => {
    rig.options.holdMs = 60_000
    const poll = client.poll('')
    await expect.poll(() => rig.polling(bot.botId)).toBe(1)
    rig.killSession(bot.botId)
    expect((await poll).json.ret).toBe(-14)
    expect((await client.post('msg/notifystart', {})).json.ret).toBe(-14)
    rig.reviveSession(bot.botId)
    expect((await client.post('msg/notifystart', {})).json.ret).toBe(0)
  })
})

describe('a message', () => {
  let contextToken: string

  beforeEach(() => {
    contextToken = phone.write(bot.botId, { text: 'hello' }).contextToken
  })

  test.each([
    [{ message_type: 1 }, 'message_type is not 2'],
    [{ message_state: 1 }, 'message_state is not 2'],
    [{ client_id: '' }, 'client_id is missing'],
    [{ from_user_id: 'me' }, 'from_user_id is not empty'],
    [{ run_id: '' }, 'run_id is there and empty'],
    [{ item_list: [text('a'), text('b')] }, 'item_list has not exactly one item'],
    [{ context_token: 'other' }, 'context_token was never given for this user'],
    [{ context_token: null }, 'context_token is there and empty'],
    [{ to_user_id: 'o9cqriguser@im.wechat' }, 'to_user_id is nobody this bot knows'],
  ])('with %j is found', async (msg, violation) => {
    await client.send(text('a'), contextToken, msg)
    expect(rig.violations).toEqual([`sendmessage: ${violation}`])
  })

  test.each([
    [{ type: 2, text_item: { text: 'a' } }, 'an item of type 2 has text_item, not image_item'],
    [{ type: 1 }, 'an item of type 1 has no payload, not text_item'],
    [{ type: 1, text_item: { text: '' } }, 'text_item.text is missing'],
    [{ type: 9, text_item: { text: 'a' } }, 'item type 9 does not exist'],
  ])('with the item %j is found, and nothing is shown', async (item, violation) => {
    const { json } = await client.send(item, contextToken)
    expect(json.ret).toBe(0)
    expect(rig.violations).toEqual([`sendmessage: ${violation}`])
    expect(phone.screen).toMatchObject([{ kind: 'nothing', why: violation }])
  })

  test('is refused when the quota or the window is used up, and a new message of the user ends that', async () => {
    const rets = []
    for (let n = 0; n < 11; n += 1) rets.push((await client.send(text('a'), contextToken)).json.ret)
    expect(rets).toEqual([...Array(10).fill(0), -2])
    const next = phone.write(bot.botId, { text: 'go on' }).contextToken
    expect((await client.send(text('a'), next)).json.ret).toBe(0)
    rig.options.now = () => Date.now() + rig.options.windowMs
    expect((await client.send(text('a'), next)).json).toEqual({ ret: -2, errmsg: 'prepare failed' })
    expect(rig.violations).toEqual([])
  })

  test.each([
    ['accept', 0, 1],
    ['refuse', -2, 0],
    ['lose', 0, 0],
  ] as const)('without a context token: %s', async (missingContext, ret, shown) => {
    rig.options.missingContext = missingContext
    expect((await client.send(text('a'), undefined)).json.ret).toBe(ret)
    expect(phone.screen).toHaveLength(shown)
  })

  test('of more than maxText is refused', async () => {
    expect((await client.send(text('a'.repeat(5001)), contextToken)).json.ret).toBe(-2)
    expect((await client.send(text('a'.repeat(5000)), contextToken)).json.ret).toBe(0)
  })

  test.each<[Partial<IlinkOptions>, RegExp]>([
    [{}, /^\{"ret":0,"message_id":\d{19}\}$/],
    [{ bareIds: false }, /^\{"ret":0,"message_id":"\d{19}"\}$/],
    [{ sendId: false }, /^\{"ret":0\}$/],
    [{ sendAnswersRet: false }, /^\{"message_id":\d{19}\}$/],
    [{ emptySendAnswer: true }, /^\{\}$/],
  ])('is answered as the options say: %j', async (options, answer) => {
    Object.assign(rig.options, options)
    expect((await client.send(text('a'), contextToken)).text).toMatch(answer)
  })

  test('meets its fates in order, and is shown when only the answer is lost', async () => {
    rig.next('sendmessage', { ret: -2, errmsg: 'rate limited' }, { ret: -14, errcode: true }, { status: 524 })
    rig.next('sendmessage', { badJson: true }, { answer: { ok: 1 } }, { reset: true }, { actThen: 'reset' })
    const send = () => client.send(text('a'), contextToken)
    expect((await send()).json).toEqual({ ret: -2, errmsg: 'rate limited' })
    expect((await send()).json).toEqual({ errcode: -14 })
    expect((await send()).status).toBe(524)
    await expect(send()).rejects.toThrow(SyntaxError)
    expect((await send()).json).toEqual({ ok: 1 })
    await expect(send()).rejects.toThrow('fetch failed')
    expect(phone.screen).toEqual([])
    await expect(send()).rejects.toThrow('fetch failed')
    expect(phone.screen).toMatchObject([{ kind: 'text', text: 'a' }])
  })
})

test('a ticket is for one user; a wrong one, and a request without a user, are found', async () => {
  const { json } = await client.post('getconfig', { ilink_user_id: phone.userId })
  const typing = { ilink_user_id: phone.userId, typing_ticket: json.typing_ticket, status: 1 }
  expect((await client.post('sendtyping', typing)).json.ret).toBe(0)
  expect(rig.typing).toEqual([{ botId: bot.botId, userId: phone.userId, status: 1 }])
  await client.post('sendtyping', { ...typing, typing_ticket: 'other' })
  expect((await client.post('getconfig', {})).json).toEqual({ ret: -2, errmsg: 'ilink_user_id required' })
  expect(rig.violations).toEqual([
    'sendtyping: typing_ticket is not the one of this user',
    'getconfig: ilink_user_id is missing',
  ])
})
