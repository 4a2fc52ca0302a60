import { join } from 'node:path'
import { afterEach } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { Tokens } from '../../src/tokens/tokens.ts'
import { describeEachEngine } from './databases.ts'
import { type Reply, startTestGateway, type TestDevice, type TestGateway } from './gateway.ts'
import { type IlinkOptions, type IlinkServer, type Phone, startIlinkServer } from './ilink-server.ts'
import { type Origin, serve, startOrigin } from './origin.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { picture, video } from './videos.ts'
import { until } from './world.ts'

export interface LoginReply {
  uuid: string
  status: number
  expiredTime: number
  nickName: string | null
  loginInfo: { wxid: string; nickName: string } | null
}

/** A gateway on the iLink channel, Tencent's side of it, an origin with media, and a server for callbacks. */
export interface IlinkWorld {
  readonly rig: IlinkServer
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly receiver: Receiver
  /** Another caller of the same gateway. */
  stranger(): Promise<string>
  /** Asks for a QR code, for a device that is made or for this one. */
  qrCode(appId?: string): Promise<{ appId: string; uuid: string; qrData: string; qrImgBase64: string }>
  checkLogin(of: { appId: string; uuid: string }, captchCode?: string): Promise<Reply<LoginReply>>
  /** Logs a device in by scanning with this phone, or again when `appId` is given. */
  login(phone: Phone, appId?: string): Promise<TestDevice>
  /** A device, logged in, with a caller's server that is told of everything; and a phone that has written to it. */
  ready(): Promise<{ device: TestDevice; alice: Phone }>
  /** Writes, and waits until the gateway knows. */
  hear(phone: Phone, device: TestDevice, text?: string): Promise<void>
  /** The body of a postVideo with the origin's video and picture. */
  video(device: TestDevice, phone: Phone, changes?: Record<string, unknown>): Record<string, unknown>
  /** The events of one TypeName, as they came. */
  told(type: string): EventBody[]
}

export interface EventBody {
  TypeName: string
  Appid: string
  Wxid: string
  Data: {
    MsgType: number
    FromUserName: { string: string }
    ToUserName: { string: string }
    Content: { string: string }
    PushContent: string
    NewMsgId: number
    CreateTime: number
  }
}

/** The settings of a gateway whose WeChat is the rig. */
export function ilinkEnv(rig: IlinkServer): Record<string, string> {
  return {
    HONGYAN_ILINK_API_URL: rig.url,
    HONGYAN_ILINK_QR_URL: rig.url,
    HONGYAN_ILINK_CDN_URL: rig.cdnUrl,
    HONGYAN_ILINK_REDIRECT_SCHEME: 'http',
    HONGYAN_ILINK_PACE_MS: '0',
    HONGYAN_DEFAULT_CHANNEL: 'ilink',
  }
}

type Tell = (
  world: (env?: Record<string, string>, options?: Partial<IlinkOptions>) => Promise<IlinkWorld>,
) => void

/** The same stories on every engine at hand, each in a world of its own. */
export function ilinkStories(title: string, tell: Tell): void {
  describeEachEngine(title, ({ place }) => {
    const open: { close(): Promise<void> }[] = []
    afterEach(async () => {
      for (const part of open.splice(0).reverse()) await part.close()
    })
    tell(async (env = {}, options = {}) => {
      const rig = await startIlinkServer({ holdMs: 500, qrHoldMs: 100, ...options })
      open.push(rig)
      const origin = await startOrigin({
        '/video.mp4': serve(video, { type: 'video/mp4' }),
        '/thumb.jpg': serve(picture, { type: 'image/jpeg' }),
      })
      open.push(origin)
      const receiver = await startReceiver()
      open.push(receiver)
      const databaseUrl = (await place()).url
      const gateway = await startTestGateway({ env: { ...ilinkEnv(rig), ...env }, databaseUrl })
      open.push(gateway)
      const stranger = async () => {
        const database = await openDatabase(databaseUrl, join(gateway.dataDir, 'hongyan.db'))
        try {
          return await new Tokens(database).create('stranger')
        } finally {
          await database.close()
        }
      }
      return worldOf({ rig, gateway, origin, receiver, stranger })
    })
  })
}

type Parts = Pick<IlinkWorld, 'rig' | 'gateway' | 'origin' | 'receiver' | 'stranger'>

function worldOf(parts: Parts): IlinkWorld {
  const { rig, gateway, origin, receiver } = parts
  const world: IlinkWorld = {
    ...parts,
    async qrCode(appId = '') {
      type Code = { appId: string; uuid: string; qrData: string; qrImgBase64: string }
      return (await gateway.post<Code>('/login/getLoginQrCode', { appId })).data
    },
    checkLogin: ({ appId, uuid }, captchCode = '') =>
      gateway.post<LoginReply>('/login/checkLogin', { appId, uuid, captchCode }),
    async login(phone, appId) {
      const code = await world.qrCode(appId)
      phone.scan(code.qrData)
      phone.confirm(code.qrData)
      const done = await until(async () => {
        const { data } = await world.checkLogin(code)
        return data.status === 2 && data.loginInfo
      })
      return { appId: code.appId, wxid: done?.wxid ?? '' }
    },
    async ready() {
      await gateway.post('/tools/setCallback', {
        token: 'test-token-0123456789abcdef',
        callbackUrl: receiver.url,
      })
      const alice = rig.phone()
      const device = await world.login(alice)
      await world.hear(alice, device)
      return { device, alice }
    },
    async hear(phone, device, text = '你好') {
      const before = receiver.events.length
      phone.write(device.wxid, { text })
      await until(() => receiver.events.length > before)
    },
    video: (device, phone, changes = {}) => ({
      appId: device.appId,
      toWxid: phone.userId,
      videoUrl: `${origin.url}/video.mp4`,
      thumbUrl: `${origin.url}/thumb.jpg`,
      videoDuration: 10,
      ...changes,
    }),
    told: (type) =>
      receiver.events
        .map(({ body }) => body as unknown as EventBody)
        .filter((body) => body.TypeName === type),
  }
  return world
}
