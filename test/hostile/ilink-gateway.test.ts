import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestDevice, type TestGateway } from '../rigs/gateway.ts'
import { type Fate, type IlinkServer, type Phone, startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { picture, video } from '../rigs/videos.ts'
import { until } from '../rigs/world.ts'

/* A whole gateway before a WeChat that answers one call after the other with nonsense. */

let rig: IlinkServer
let origin: Origin
let receiver: Receiver
let gateway: TestGateway
let device: TestDevice
let alice: Phone
beforeAll(async () => {
  rig = await startIlinkServer({ strict: false, holdMs: 200, qrHoldMs: 50 })
  origin = await startOrigin({ '/v.mp4': serve(video), '/t.jpg': serve(picture) })
  receiver = await startReceiver()
  gateway = await startTestGateway({ env: ilinkEnv(rig) })
  await gateway.post('/tools/setCallback', { callbackUrl: receiver.url })
  alice = rig.phone()
  const { appId, uuid, qrData } = (
    await gateway.post<{ appId: string; uuid: string; qrData: string }>('/login/getLoginQrCode', {
      appId: '',
    })
  ).data
  alice.scan(qrData)
  alice.confirm(qrData)
  const info = await until(async () => {
    const login = await gateway.post<{ loginInfo: { wxid: string } | null }>('/login/checkLogin', {
      appId,
      uuid,
    })
    return login.data.loginInfo ?? undefined
  })
  device = { appId, wxid: info.wxid }
})
afterAll(async () => {
  await gateway?.close()
  await Promise.all([rig?.close(), origin?.close(), receiver?.close()])
})

const nonsense: [string, Fate][] = [
  ['no JSON', { status: 200, body: '<html>' }],
  [
    'wrong types throughout',
    { answer: { ret: {}, errcode: [], msgs: 'x', upload_full_url: 7, message_id: {}, qrcode: [] } },
  ],
  ['numbers beyond all numbers', { status: 200, body: '{"ret":1e999,"errcode":-1e999,"message_id":1e999}' }],
  ['10 MB', { status: 200, body: `{"x":"${'x'.repeat(10 * 1024 ** 2)}"}` }],
  ['a deep nest', { status: 200, body: `{"ret":${'['.repeat(50_000)}${']'.repeat(50_000)}}` }],
  ['the prototype', { status: 200, body: '{"__proto__":{"ret":-14},"constructor":{"prototype":{"ret":1}}}' }],
  ['half a character for an address', { answer: { ret: 0, upload_param: '\ud800', qrcode: '\ud800' } }],
]

test.each(nonsense)(
  '%s is told to the caller in words, call by call, and the next message is heard',
  async (_, fate) => {
    const { appId } = device
    const [toWxid, base] = [alice.userId, origin.url]
    const urls = { videoUrl: `${base}/v.mp4`, thumbUrl: `${base}/t.jpg`, videoDuration: 1 }
    alice.write(device.wxid, { text: 'open' })
    await until(() => JSON.stringify(receiver.events.at(-1) ?? '').includes('open'))
    const asked: [Parameters<IlinkServer['next']>[0], string, object][] = [
      ['sendmessage', '/message/postText', { appId, toWxid, content: 'x' }],
      ['getuploadurl', '/message/postVideo', { appId, toWxid, ...urls }],
      ['get_bot_qrcode', '/login/getLoginQrCode', { appId: '' }],
    ]
    for (const [endpoint, path, body] of asked) {
      rig.next(endpoint, fate)
      const { status, ret, data } = await gateway.post<{ code?: string }>(path, body)
      expect(status).toBe(200)
      // An answer without `ret` is a success of a send, and a thumbnail may go its own way.
      if (ret !== 200) expect(data.code).toMatch(/^(?:send_unknown|channel_\w+|upload_failed|login_failed)$/)
      if (endpoint === 'get_bot_qrcode') expect(ret).toBe(500)
    }
    rig.next('getupdates', fate)
    const mark = `heard ${receiver.events.length}`
    alice.write(device.wxid, { text: mark })
    await until(() => receiver.events.some(({ body }) => JSON.stringify(body).includes(mark)))
    expect((await fetch(`${gateway.baseUrl}/healthz`)).status).toBe(200)
  },
)
