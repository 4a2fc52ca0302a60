import { afterEach } from 'vitest'
import { describeEachEngine } from './databases.ts'
import { startTestGateway, type TestDevice, type TestGateway } from './gateway.ts'
import { type Origin, serve, startOrigin } from './origin.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { picture, video } from './videos.ts'

/** Two friends on a whole gateway, an origin with a video and a picture, and a server for callbacks. */
export interface World {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly receiver: Receiver
  readonly sender: TestDevice
  readonly friend: TestDevice
  /** The body of a postVideo from sender to friend, with changes. */
  request(changes?: Record<string, unknown>): Record<string, unknown>
}

/** The same stories on every engine at hand, each in a world of its own. */
export function stories(
  title: string,
  tell: (world: (env?: Record<string, string>) => Promise<World>) => void,
): void {
  describeEachEngine(title, ({ place }) => {
    const open: { close(): Promise<void> }[] = []
    afterEach(async () => {
      for (const part of open.splice(0).reverse()) await part.close()
    })
    tell(async (env = {}) => {
      const origin = await startOrigin({
        '/video.mp4': serve(video, { type: 'video/mp4' }),
        '/thumb.jpg': serve(picture, { type: 'image/jpeg' }),
      })
      const receiver = await startReceiver()
      const gateway = await startTestGateway({ env, databaseUrl: (await place()).url })
      open.push(origin, receiver, gateway)
      const sender = await gateway.device()
      const friend = await gateway.device()
      const request = (changes: Record<string, unknown> = {}) => ({
        appId: sender.appId,
        toWxid: friend.wxid,
        videoUrl: `${origin.url}/video.mp4`,
        thumbUrl: `${origin.url}/thumb.jpg`,
        videoDuration: 10,
        ...changes,
      })
      return { gateway, origin, receiver, sender, friend, request }
    })
  })
}

/** Waits until `check` gives something, looking again every few milliseconds; the test's own time-out is the limit. */
export async function until<T>(
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    const found = await check()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
