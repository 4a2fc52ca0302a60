import type { TestDevice } from '../rigs/gateway.ts'
import type { Client, Heard, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { type Listener, startListener } from './listener.ts'
import { at, idAt, integerAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* The library gewechat-python (contract 5.2), as its own demo uses it. */

/** What the library keeps of a send: any language's big integers, turned to text. */
interface Kept {
  readonly msgId: string
  readonly newMsgId: string
  readonly createTime: string
}

export interface Library {
  readonly appId: string
  post(path: string, body: object): Promise<unknown>
  login(): Promise<TestDevice>
  setCallback(url: string): Promise<void>
  postVideo(toWxid: string, videoUrl: string, thumbUrl: string): Promise<string>
  downloadVideo(message: Heard): Promise<Buffer>
  revoke(toWxid: string): Promise<void>
}

export function createLibrary(site: Site): Library {
  let token = ''
  let appId = ''
  let wxid = ''
  let kept: Kept | undefined

  const post = async (path: string, body: object): Promise<unknown> => {
    const { status, text } = await postJson(`${site.baseUrl}/v2/api${path}`, { 'X-GEWE-TOKEN': token }, body)
    if (status !== 200) throw new Error(text)
    const reply = parseExactly(text)
    if (at(reply, 'ret') !== 200) throw new Error(text)
    return reply
  }
  const scan = async (): Promise<string> => {
    const reply = await post('/login/getLoginQrCode', { appId })
    appId = textAt(reply, 'data', 'appId')
    return textAt(reply, 'data', 'uuid')
  }

  return {
    get appId() {
      return appId
    },
    post,
    async login() {
      if (token === '') token = textAt(await post('/tools/getTokenId', {}), 'data')
      if (at(await post('/login/checkOnline', { appId }), 'data') === true) return { appId, wxid }
      let uuid = await scan()
      for (let count = 0; count < 100; count += 1) {
        const reply = await post('/login/checkLogin', { appId, uuid, captchCode: '' })
        // Read before the status, so a success without it would be thrown away.
        const left = at(reply, 'data', 'expiredTime')
        if (typeof left !== 'number' || left <= 5) uuid = await scan()
        else if (integerAt(reply, 'data', 'status') === 2) {
          wxid = textAt(reply, 'data', 'loginInfo', 'wxid')
          return { appId, wxid }
        }
      }
      throw new Error('not logged in')
    },
    async setCallback(callbackUrl) {
      await post('/tools/setCallback', { token, callbackUrl })
    },
    async postVideo(toWxid, videoUrl, thumbUrl) {
      const body = { appId, toWxid, videoUrl, thumbUrl, videoDuration: 10 }
      const reply = await post('/message/postVideo', body)
      const [msgId, newMsgId] = [idAt(reply, 'data', 'msgId'), idAt(reply, 'data', 'newMsgId')]
      // The str() of Python's None.
      kept = { msgId, newMsgId, createTime: 'None' }
      return newMsgId
    },
    async downloadVideo({ content }) {
      const reply = await post('/message/downloadVideo', { appId, xml: content })
      return fetchFile(joined(`${site.downloadUrl}/download/`, textAt(reply, 'data', 'fileUrl')))
    },
    async revoke(toWxid) {
      await post('/message/revokeMsg', { appId, toWxid, ...kept })
    },
  }
}

/** As dify-on-wechat joins them. */
const joined = (base: string, fileUrl: string) => `${base.replace(/\/+$/, '')}/${fileUrl}`

/** The steps that the library and a program on it share. */
export function stepsOf(library: Library, listener: Listener) {
  return {
    told: listener.told,
    login: library.login,
    heard: () => heardBy(library.appId, listener.told, parseExactly, capitalForm),
    download: library.downloadVideo,
    revoke: library.revoke,
    close: () => listener.close(),
  }
}

export const gewechatPython: Script = {
  name: 'gewechat-python',
  form: 'capital',
  sends: 'video',
  downloads: 'video',
  async start(site): Promise<Client> {
    const library = createLibrary(site)
    const listener = await startListener({ path: '/v2/api/callback/collect', answer: () => ({}) })
    return {
      ...stepsOf(library, listener),
      setCallback: () => library.setCallback(listener.url),
      send: (toWxid) => library.postVideo(toWxid, `${site.mediaUrl}/video.mp4`, `${site.mediaUrl}/thumb.jpg`),
    }
  },
}
