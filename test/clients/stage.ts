import { startTestGateway, type TestDevice, type TestGateway, token } from '../rigs/gateway.ts'
import { serve, startOrigin } from '../rigs/origin.ts'
import { picture, variant, video } from '../rigs/videos.ts'
import { until } from '../rigs/world.ts'
import type { Client, Heard, Script } from './client.ts'
import { eitherForm, flatForm, heardBy } from './events.ts'

/** What a friend sends: other bytes than the program's own. */
export const friendVideo = variant('of a friend')
export const friendPicture = picture
export const friendText = '你好，"程序" & <co>'

/** A gateway, a program at its start, and a friend's device beside it. */
export interface Stage {
  readonly gateway: TestGateway
  readonly client: Client
  readonly friend: TestDevice
  /** A text, a picture and a video from the friend. */
  write(toWxid: string): Promise<void>
  /** What the friend's device was told; its bodies come to the same server, since the callback is the token's. */
  atFriend(): readonly Heard[]
  /** Waits for the program to hear of one, or fails as it would. */
  heard(kind: Heard['kind']): Promise<Heard>
  close(): Promise<void>
}

export async function startStage(script: Script): Promise<Stage> {
  const origin = await startOrigin({
    '/video.mp4': serve(video, { type: 'video/mp4' }),
    '/thumb.jpg': serve(picture, { type: 'image/jpeg' }),
    '/friend.mp4': serve(friendVideo, { type: 'video/mp4' }),
  })
  const gateway = await startTestGateway({
    env: { HONGYAN_CALLBACK_FORM: script.form, HONGYAN_DOWNLOAD_PORT: '0', HONGYAN_FFMPEG: 'off' },
  })
  const friend = await gateway.device()
  const client = await script.start({
    baseUrl: gateway.baseUrl,
    downloadUrl: gateway.downloadUrl ?? '',
    token,
    device: await gateway.device(),
    mediaUrl: origin.url,
  })
  return {
    gateway,
    client,
    friend,
    async write(toWxid) {
      const to = { appId: friend.appId, toWxid }
      const thumbUrl = `${origin.url}/thumb.jpg`
      const sends = [
        gateway.post('/message/postText', { ...to, content: friendText }),
        gateway.post('/message/postImage', { ...to, imgUrl: thumbUrl }),
        gateway.post('/message/postVideo', {
          ...to,
          videoUrl: `${origin.url}/friend.mp4`,
          thumbUrl,
          videoDuration: 1,
        }),
      ]
      for (const { ret, data } of await Promise.all(sends))
        if (ret !== 200) throw new Error(JSON.stringify(data))
    },
    atFriend: () =>
      heardBy(
        friend.appId,
        client.told,
        (text) => JSON.parse(text),
        script.form === 'flat' ? flatForm : eitherForm,
      ),
    heard: (kind) => until(() => client.heard().find((message) => message.kind === kind)),
    async close() {
      await client.close()
      await gateway.close()
      await origin.close()
    },
  }
}
