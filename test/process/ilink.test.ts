import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startClips, video } from '../faults/clips.ts'
import { engines, type Place } from '../rigs/databases.ts'
import type { Origin } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, startProcess, until } from '../rigs/process.ts'
import type { Sent } from '../rigs/process-client.ts'
import { type IlinkSide, readyDevice, startIlinkSide, texts } from './ilink-rig.ts'

let origin: Origin
let side: IlinkSide
beforeEach(async () => {
  origin = await startClips()
  side = await startIlinkSide()
})
afterEach(async () => {
  await side.close()
  await origin.close()
})

const asked = (endpoint: string) =>
  side.rig.requests.filter((request) => request.endpoint === endpoint).length

describe.each(engines().map((engine) => ({ name: engine.name, engine })))('killed ($name)', ({ engine }) => {
  let place: Place
  let env: Record<string, string>
  let dataDir: string
  beforeEach(async () => {
    place = await engine.place()
    dataDir = newFolder()
    env = { ...side.env, ...(place.url ? { HONGYAN_DATABASE_URL: place.url.href } : {}) }
  })
  afterEach(() => place.dispose())
  const start = () => startProcess({ dataDir, env })

  /** Kills while WeChat is asked, and starts again. */
  async function killAt(gateway: GatewayProcess, endpoint: string, before: number) {
    await until(`${endpoint} is asked`, () => asked(endpoint) > before || undefined)
    await gateway.stop('SIGKILL')
    return start()
  }

  test('while it waits for the answer to a send: the same key is answered with `unknown`, and nothing is sent twice', async () => {
    const gateway = await start()
    const { appId, phone } = await readyDevice(side, gateway)
    side.rig.next('sendmessage', { actThen: 'hang' })
    const body = { appId, toWxid: phone.userId, ...video(origin, 1) }
    const key = { 'idempotency-key': 'one-send' }
    const cut = gateway.post('/message/postVideo', body, key).catch(() => 'cut')
    const next = await killAt(gateway, 'sendmessage', 0)
    expect(await cut).toBe('cut')
    const answer = await next.post('/message/postVideo', body, key)
    expect(answer).toMatchObject({ ret: 500, data: { code: 'send_unknown', sent: 'unknown' } })
    expect(phone.screen).toHaveLength(1)
    expect(asked('sendmessage')).toBe(1)
  })

  test('while it uploads: nothing was sent, and the retry under the same key sends once', async () => {
    const gateway = await start()
    const { appId, phone } = await readyDevice(side, gateway)
    side.rig.next('cdn/upload', { hang: true })
    const body = { appId, toWxid: phone.userId, ...video(origin, 1) }
    const key = { 'idempotency-key': 'one-send' }
    const cut = gateway.post('/message/postVideo', body, key).catch(() => 'cut')
    const next = await killAt(gateway, 'cdn/upload', 0)
    expect(await cut).toBe('cut')
    expect(phone.screen).toEqual([])
    const sent = await next.post<Sent>('/message/postVideo', body, key)
    expect(sent.ret).toBe(200)
    expect(await next.post('/message/postVideo', body, key)).toEqual(sent)
    expect(phone.screen.map(({ kind }) => kind)).toEqual(['video'])
    expect(side.rig.violations).toEqual([])
  })

  test('in the middle of a login: the scan is not lost', async () => {
    const gateway = await start()
    const { data } = await gateway.post<{ appId: string; uuid: string; qrData: string }>(
      '/login/getLoginQrCode',
      { appId: '' },
    )
    const phone = side.rig.phone()
    phone.scan(data.qrData)
    const next = await killAt(gateway, 'get_qrcode_status', 1)
    phone.confirm(data.qrData)
    await until('the login is done', async () => {
      const reply = await next.post<{ status: number }>('/login/checkLogin', {
        appId: data.appId,
        uuid: data.uuid,
      })
      return reply.data.status === 2 || undefined
    })
  })

  test('at any moment of polling: each message is told under one id, in order', async () => {
    let gateway = await start()
    const { botId, phone } = await readyDevice(side, gateway)
    const written = ['hello']
    for (let round = 0; round < 4; round += 1) {
      for (let count = 0; count < 5; count += 1) {
        const text = `${round}.${count}`
        written.push(text)
        phone.write(botId, { text })
      }
      if (round % 2 === 0)
        await until('something has arrived', () => texts(side.receiver).length > round || undefined)
      await gateway.stop('SIGKILL')
      gateway = await start()
    }
    await until(
      'everything is told',
      () => texts(side.receiver).length >= written.length || undefined,
      60_000,
    )
    expect(texts(side.receiver)).toEqual(written)
  }, 120_000)
})

const postgres = engines().find(({ name }) => name === 'postgres')
describe.skipIf(!postgres)('two gateways with one device', () => {
  test('one polls; when it dies the other goes on, and both send', async () => {
    const place = await postgres?.place()
    try {
      const env = {
        ...side.env,
        HONGYAN_DATABASE_URL: place?.url?.href ?? '',
        HONGYAN_SECRET_KEY: 'ab'.repeat(32),
      }
      const [one, two] = [
        await startProcess({ dataDir: newFolder(), env }),
        await startProcess({ dataDir: newFolder(), env }),
      ]
      const { appId, botId, phone } = await readyDevice(side, one)
      for (let count = 0; count < 10; count += 1) {
        phone.write(botId, { text: `${count}` })
        await until('it is told', () => texts(side.receiver).includes(`${count}`) || undefined)
        expect(side.rig.polling(botId)).toBeLessThanOrEqual(1)
      }
      for (const { post } of [one, two]) {
        const sent = await post('/message/postText', { appId, toWxid: phone.userId, content: 'hi' })
        expect(sent.ret).toBe(200)
      }
      expect(phone.screen).toHaveLength(2)
      await one.stop()
      phone.write(botId, { text: 'after' })
      await until('the other has heard it', () => texts(side.receiver).includes('after') || undefined)
      expect(texts(side.receiver)).toEqual([
        'hello',
        ...Array.from({ length: 10 }, (_, n) => `${n}`),
        'after',
      ])
    } finally {
      await place?.dispose()
    }
  })
})

test('a whole session at level trace, its database and its files tell no bot token, context token or QR key', async () => {
  const dataDir = newFolder()
  const gateway = await startProcess({ dataDir, env: { ...side.env, HONGYAN_LOG_LEVEL: 'trace' } })
  const { appId, botId, phone } = await readyDevice(side, gateway)
  const { contextToken } = phone.write(botId, { text: 'again' })
  await until('it is told', () => texts(side.receiver).includes('again') || undefined)
  await gateway.post('/message/postVideo', { appId, toWxid: phone.userId, ...video(origin, 1) })
  side.rig.next('sendmessage', { ret: -3, errmsg: 'invalid' }, { reset: true })
  for (let count = 0; count < 2; count += 1) {
    await gateway.post('/message/postText', { appId, toWxid: phone.userId, content: 'x' })
  }
  const metrics = await (await fetch(`${gateway.baseUrl}/metrics`)).text()
  await gateway.stop()
  const { readFile } = await import('node:fs/promises')
  const stored = await readFile(`${dataDir}/hongyan.db`, 'latin1')
  const bot = side.rig.bots.find((each) => each.botId === botId)
  const qrKeys = side.rig.requests
    .filter(({ endpoint }) => endpoint === 'get_qrcode_status')
    .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('qrcode') ?? '')
  const tickets = side.rig.requests
    .filter(({ endpoint }) => endpoint === 'cdn/upload')
    .map(({ path }) => new URLSearchParams(path.split('?')[1]).get('encrypted_query_param') ?? '')
  const secrets = [bot?.token ?? '', contextToken, ...qrKeys, ...tickets]
  expect(secrets.every((secret) => secret.length >= 6)).toBe(true)
  const told = gateway.stdout() + gateway.stderr() + metrics + JSON.stringify(side.receiver.events)
  for (const secret of secrets) {
    expect(told).not.toContain(secret)
    expect(stored).not.toContain(secret)
  }
})
