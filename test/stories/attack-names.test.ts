import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/gateway.ts'
import { engines, type Place } from '../rigs/databases.ts'
import { startTestGateway, type TestDevice, type TestGateway, token } from '../rigs/gateway.ts'
import { serve, startOrigin } from '../rigs/origin.ts'
import { picture, secret, video } from './refusal.ts'

const names = [
  '\ud800',
  '\u202eevil',
  '\ufffe',
  "'; DROP TABLE devices; --",
  '%',
  '_____',
  '</videomsg><x a="',
  '#{7*7}',
  '{{7*7}}',
  '\r\nX-Injected: 1',
  '😀'.repeat(128),
  'ᄀ'.repeat(128),
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '   ',
]

describe.each(engines().map((engine) => ({ name: engine.name, engine })))('on $name', ({ engine }) => {
  let place: Place
  let gateway: TestGateway
  let device: TestDevice
  beforeAll(async () => {
    place = await engine.place()
    gateway = await startTestGateway({ databaseUrl: place.url })
    device = await gateway.device()
  })
  afterAll(async () => {
    await gateway.close()
    await place.dispose()
  })

  const request = (change: Record<string, unknown>) => ({
    appId: device.appId,
    toWxid: 'filehelper',
    videoUrl: 'http://127.0.0.1:9/v.mp4',
    thumbUrl: '',
    videoDuration: 1,
    ...change,
  })

  test.each(names)('%j is nobody', async (name) => {
    const codes = await Promise.all([
      gateway.post('/message/postVideo', request({ toWxid: name })),
      gateway.post('/message/postVideo', request({ toWxid: `${name.slice(0, 50)}@chatroom` })),
      gateway.post('/message/postVideo', request({ appId: name })),
      gateway.post('/message/downloadCdn', { appId: device.appId, fileId: name, aesKey: name, type: '4' }),
      gateway.post('/login/checkLogin', { appId: device.appId, uuid: name }),
      gateway.post('/group/createChatroom', { appId: device.appId, wxids: [name, 'wxid_other'] }),
      gateway.post('/message/revokeMsg', { appId: device.appId, toWxid: name, newMsgId: 1 }),
    ])
    expect(codes.map(({ data }) => data.code)).toEqual([
      'receiver_unknown',
      'receiver_unknown',
      'device_unknown',
      'media_unknown',
      'login_expired',
      'members_invalid',
      'message_unknown',
    ])
  })

  test.each(names)('%j is not found among the contacts, and is not online', async (name) => {
    const { appId } = device
    expect(await gateway.post('/contacts/getBriefInfo', { appId, wxids: [name] })).toMatchObject({ data: [] })
    expect(await gateway.post('/login/checkOnline', { appId: name })).toMatchObject({ ret: 200, data: false })
    const chatroom = await gateway.post('/group/getChatroomInfo', { appId, chatroomId: name })
    expect(chatroom).toMatchObject({ ret: 200, data: { chatroomId: '' } })
  })

  test.each(['\u0000', 'wxid_\u0000x'])(
    '%j, which no database holds, is the fault of who says it',
    async (name) => {
      const { appId } = device
      const replies = await Promise.all([
        gateway.post('/message/postVideo', request({ toWxid: name })),
        gateway.post('/message/postVideo', request({ toWxid: `${name}@chatroom` })),
        gateway.post('/message/postVideo', request({ appId: name })),
        gateway.post('/message/downloadCdn', { appId, fileId: name, aesKey: name, type: '4' }),
        gateway.post('/message/revokeMsg', { appId, toWxid: name, newMsgId: 1 }),
        gateway.post('/login/logout', { appId: name }),
      ])
      for (const { data } of replies) expect(data.code).toMatch(/_invalid$|_unknown$/)
    },
  )

  test('an appId of a megabyte is refused before it is looked for', async () => {
    const reply = await gateway.post('/message/postVideo', request({ appId: 'x'.repeat(900_000) }))
    expect(reply).toMatchObject({ status: 200, data: { code: 'request_invalid' } })
    expect(JSON.stringify(reply).length).toBeLessThan(1000)
  })
})

test('the log, at its most talkative, holds no token, no key, no signature and no link', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'hongyan-log-'))
  const { config, secrets } = readConfig({
    HONGYAN_DATA_DIR: dataDir,
    HONGYAN_PORT: '0',
    HONGYAN_TOKEN: token,
    HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
  })
  const origin = await startOrigin({ '/v.mp4': serve(video), '/t.jpg': serve(picture) })
  const gateway = await startGateway(config, secrets, pino({ level: 'trace' }, sink))
  const post = async (path: string, body: Record<string, unknown>, as = token) => {
    const headers = { 'content-type': 'application/json', 'x-gewe-token': as }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return JSON.parse(await (await fetch(`${gateway.baseUrl}${path}`, init)).text())
  }
  try {
    const { data: device } = await post('/login/getLoginQrCode', { appId: '' })
    await post('/login/checkLogin', device)
    const link = (path: string) => `${origin.url}${path}?${secret}`
    const urls = { videoUrl: link('/v.mp4'), thumbUrl: link('/t.jpg'), videoDuration: 1 }
    const send = { appId: device.appId, toWxid: 'filehelper', ...urls }
    const { ret, data } = await post('/message/postVideo', send)
    expect(ret).toBe(200)
    await post('/message/postVideo', { ...send, videoUrl: link('/none') })
    await post('/message/postVideo', { ...send, videoUrl: `http://u:${secret}@127.0.0.1/` })
    await post('/message/postVideo', { ...send, thumbUrl: link('/v.mp4') })
    await post('/message/postVideo', send, `${token}x`)
    await post('/message/forwardVideo', { ...send, xml: `<msg><videomsg aeskey="${data.aesKey}"` })
    await post(`/nothing/${secret}?${secret}`, {})
    await post('/tools/setCallback', {
      token,
      callbackUrl: link('/none').replace('127.0.0.1', '127.0.0.1:1'),
    })
    const { data: file } = await post('/message/downloadCdn', { ...send, ...data, type: '4' })
    await (await fetch(file.fileUrl)).arrayBuffer()
    const signature = String(file.fileUrl).split('.').at(-2)
    const log = lines.join('')
    expect(log).toContain('message sent')
    for (const hidden of [token, secret, data.aesKey, signature]) expect(log).not.toContain(hidden)
  } finally {
    await gateway[Symbol.asyncDispose]()
    await origin.close()
    await rm(dataDir, { recursive: true, force: true })
  }
})
