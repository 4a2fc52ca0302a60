import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDevice } from '../rigs/gateway.ts'
import { until } from '../rigs/world.ts'
import { astrbot, astrbotPatched } from './astrbot.ts'
import { langbot, pythonBot } from './cloud.ts'
import { difyOnWechat } from './dify-on-wechat.ts'
import { geweHub } from './gewe-hub.ts'
import { geweOpenclaw, geweOpenclawOlder } from './gewe-openclaw.ts'
import { geweRust } from './gewe-rust.ts'
import { gewechatPython } from './gewechat-python.ts'
import { gewechaty } from './gewechaty.ts'
import { javaDemo } from './java-demo.ts'
import { nonebot } from './nonebot.ts'
import { openGewe } from './opengewe.ts'
import { friendPicture, friendText, friendVideo, type Stage, startStage } from './stage.ts'

const scripts = [
  astrbot,
  astrbotPatched,
  gewechatPython,
  difyOnWechat,
  gewechaty,
  javaDemo,
  openGewe,
  nonebot,
  geweHub,
  geweOpenclaw,
  geweOpenclawOlder,
  langbot,
  geweRust,
  pythonBot,
]

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

// The steps of one program follow on one another, as they do in its life.
describe.each(scripts)('$name', (script) => {
  const { sends, downloads, lacks = {} } = script
  let stage: Stage
  let device: TestDevice
  let sent: string

  beforeAll(async () => {
    stage = await startStage(script)
  })
  afterAll(() => stage.close())

  test(`${lacks.login ? 'is given a device' : 'logs in'}, and has the same one at its next start`, async () => {
    device = await stage.client.login()
    expect(device.appId).not.toBe(stage.friend.appId)
    expect(await stage.client.login()).toEqual(device)
    expect((await stage.gateway.post('/login/checkOnline', { appId: device.appId })).data).toBe(true)
    const info = await stage.gateway.post<{ wxid: string }>('/personal/getProfile', { appId: device.appId })
    expect(info.data.wxid).toBe(device.wxid)
  })

  test('sets its callback, and is sent the test body once', async () => {
    await stage.client.setCallback()
    expect(stage.client.told.map((text) => Object.keys(JSON.parse(text)))).toEqual([['testMsg', 'token']])
  })

  test('hears a text, a picture and a video of a friend', async () => {
    await stage.write(device.wxid)
    const heard = await Promise.all([stage.heard('text'), stage.heard('image'), stage.heard('video')])
    for (const { from } of heard) expect(from).toBe(stage.friend.wxid)
    expect(heard[0].content).toBe(friendText)
    expect(heard[1].content).toContain('<img ')
    expect(heard[2].content).toContain('<videomsg ')
    expect(new Set(heard.map(({ id }) => id)).size).toBe(3)
  })

  test(`sends a ${sends}, which the friend gets under the id that the sender knows`, async () => {
    sent = await stage.client.send(stage.friend.wxid)
    const told = await until(() => stage.atFriend().find(({ id }) => id === sent))
    expect(told).toMatchObject({ kind: sends, from: device.wxid })
    expect(stage.atFriend()).toHaveLength(1)
  })

  if (!lacks.download) {
    test(`downloads the ${downloads} it heard, bit for bit`, async () => {
      const bytes = await stage.client.download(await stage.heard(downloads))
      expect(sha256(bytes)).toBe(sha256(downloads === 'video' ? friendVideo : friendPicture))
    })
  }

  if (!lacks.revoke) {
    test('withdraws what it sent, and the friend hears of it', async () => {
      await stage.client.revoke(stage.friend.wxid)
      const notice = await until(() => stage.atFriend().find(({ kind }) => kind === 'revoke'))
      expect(notice.from).toBe(device.wxid)
      expect(notice.content).toContain(`<newmsgid>${sent}</newmsgid>`)
    })
  }
})
