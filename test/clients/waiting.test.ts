import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway, token } from '../rigs/gateway.ts'
import { type IlinkServer, startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { until } from '../rigs/world.ts'
import { astrbot } from './astrbot.ts'
import type { Script } from './client.ts'
import { difyOnWechat } from './dify-on-wechat.ts'
import { gewechatPython } from './gewechat-python.ts'
import { gewechaty } from './gewechaty.ts'
import { nonebot } from './nonebot.ts'
import { openGewe } from './opengewe.ts'
import { textAt } from './reading.ts'
import { startRelay } from './relay.ts'

const CODE = '/login/getLoginQrCode'
const CHECK = '/login/checkLogin'

/** Those that ask until somebody has scanned; java-demo and the Rust crates leave the loop to their users. */
const scripts = [astrbot, gewechatPython, difyOnWechat, gewechaty, openGewe, nonebot]

let rig: IlinkServer
let gateway: TestGateway
beforeAll(async () => {
  rig = await startIlinkServer({ qrHoldMs: 100 })
  gateway = await startTestGateway({ env: ilinkEnv(rig) })
})
afterAll(async () => {
  await gateway.close()
  await rig.close()
})

/** Lets a program log in, with somebody who scans once it has asked twice in vain. */
async function logIn(script: Script) {
  const relay = await startRelay(gateway.baseUrl)
  const device = { appId: '', wxid: '' }
  const client = await script.start({ baseUrl: relay.url, downloadUrl: '', token, device, mediaUrl: '' })
  const scan = async () => {
    await until(() => relay.replies(CHECK).length === 2)
    const qrData = textAt(JSON.parse(relay.replies(CODE).at(-1) ?? ''), 'data', 'qrData')
    const phone = rig.phone(`${script.name}@im.wechat`)
    phone.scan(qrData)
    return phone.confirm(qrData).botId
  }
  try {
    const began = performance.now()
    const [{ wxid }, botId] = await Promise.all([client.login(), scan()])
    return { wxid, botId, relay, seconds: (performance.now() - began) / 1000 }
  } finally {
    await client.close()
    await relay.close()
  }
}

// No program pauses between two looks here, as nonebot does not: the gateway alone sets the pace.
test('who waits for somebody to scan keeps its one code, and cannot ask more than about once a second', async () => {
  const logins = await Promise.all(scripts.map(logIn))
  expect(logins).toHaveLength(scripts.length)
  for (const [index, { wxid, botId, relay, seconds }] of logins.entries()) {
    const name = scripts[index]?.name ?? ''
    expect(wxid, name).toBe(botId)
    expect(
      relay.replies(CODE).filter((text) => text.includes('"ret":200')),
      name,
    ).toHaveLength(1)
    // Hundreds, were the answers not held; the scan and the confirmation each cut one short.
    expect(relay.replies(CHECK).length, name).toBeLessThanOrEqual(seconds + 3)
  }
})
