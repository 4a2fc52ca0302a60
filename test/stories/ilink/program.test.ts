import { expect, test } from 'vitest'
import { ilinkStories } from '../../rigs/ilink-world.ts'
import { video } from '../../rigs/videos.ts'
import { until } from '../../rigs/world.ts'

interface Envelope {
  ret: number
  msg: string
  data: never
}

/**
 * A program that knows nothing of channels, as the contract's client table describes its start-up (5.1 to 5.3): empty
 * bodies, null for an unknown appId, an empty captchCode, callbacks set once the login is done, contacts read in batches.
 */
function program(base: string) {
  let token = ''
  const call = async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${base}/v2/api${path}`, {
      method: 'POST',
      headers: {
        'X-GEWE-TOKEN': token,
        'Content-Type': 'application/json',
        'User-Agent': 'Apifox/1.0.0 (https://apifox.com)',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const reply = (await response.json()) as Envelope
    if (reply.ret !== 200) throw new Error(JSON.stringify(reply))
    return reply.data
  }
  return {
    call,
    async getToken() {
      token = await call<string>('/tools/getTokenId')
      return token
    },
  }
}

ilinkStories('an old GeWe program on a real phone', (world) => {
  test('logs in, receives a text, answers with a video, and forwards it to a second user', async () => {
    const { rig, gateway, receiver, origin } = await world()
    const client = program(gateway.baseUrl)
    const token = await client.getToken()
    expect(await client.call('/login/checkOnline', { appId: '' })).toBe(false)
    const code = await client.call<{ appId: string; uuid: string; qrData: string }>('/login/getLoginQrCode', {
      appId: null,
    })
    const [alice, bob] = [rig.phone(), rig.phone('o9cqBob@im.wechat')]
    alice.scan(code.qrData)
    alice.confirm(code.qrData)
    const done = await until(async () => {
      const state = await client.call<{ status: number; expiredTime: number; loginInfo: { wxid: string } }>(
        '/login/checkLogin',
        { appId: code.appId, uuid: code.uuid, captchCode: '' },
      )
      // Such a program fetches a new code as soon as this one is about to expire, logged in or not.
      expect(state.expiredTime).toBeGreaterThan(5)
      return state.status === 2 && state
    })
    const { wxid } = done.loginInfo
    await client.call('/tools/setCallback', { token, callbackUrl: receiver.url })
    expect(receiver.tests[0]?.body).toMatchObject({ token })

    alice.write(wxid, { text: '有视频吗？' })
    bob.write(wxid, { text: '我也要' })
    await until(() => receiver.events.length === 2)
    const senders = receiver.events.map(
      ({ body }) => (body.Data as { FromUserName: { string: string } }).FromUserName.string,
    )
    expect(senders).toEqual([alice.userId, bob.userId])
    const { friends } = await client.call<{ friends: string[] }>('/contacts/fetchContactsList', {
      appId: code.appId,
    })
    expect(await client.call('/contacts/getDetailInfo', { appId: code.appId, wxids: friends })).toHaveLength(
      2,
    )

    const sent = await client.call<{ aesKey: string; fileId: string; length: number; newMsgId: number }>(
      '/message/postVideo',
      {
        appId: code.appId,
        toWxid: alice.userId,
        videoUrl: `${origin.url}/video.mp4`,
        thumbUrl: `${origin.url}/thumb.jpg`,
        videoDuration: 10,
      },
    )
    expect(alice.screen[0]?.bytes).toEqual(video)
    const xml = `<?xml version="1.0"?><msg><videomsg aeskey="${sent.aesKey}" cdnvideourl="${sent.fileId}" cdnthumbaeskey="${sent.aesKey}" cdnthumburl="${sent.fileId}" length="${sent.length}" playlength="10" fromusername="${wxid}" md5="" isad="0"/></msg>`
    await client.call('/message/forwardVideo', { appId: code.appId, toWxid: bob.userId, xml })
    expect(bob.screen[0]?.bytes).toEqual(video)
    expect(receiver.events).toHaveLength(2)
    expect(rig.violations).toEqual([])
  })
})
