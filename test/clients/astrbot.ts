import { randomUUID } from 'node:crypto'
import type { Behaviour } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import type { Client, Script, Site } from './client.ts'
import { capitalForm, eitherForm, heardBy, type Recognise } from './events.ts'
import { askThenListen, createListener } from './listener.ts'
import { at, dataOf, idAt, integerAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* AstrBot's gewechat adapter (contract 5.1). */

/** What the adapter remembers of an earlier server. */
const STALE_APP_ID = 'wx_deviceOfAnotherServer'

/** A link that the first GET or HEAD uses up. */
function oneShot(bytes: Buffer, type: string): { readonly serve: Behaviour; readonly asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    serve(_request, response) {
      asked += 1
      if (asked > 1) response.writeHead(404).end()
      else response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes)
    },
  }
}

export interface Astrbot extends Client {
  /** Posts as the adapter does. */
  call(path: string, body: object): Promise<unknown>
}

export async function startAstrbot(site: Site, recognise: Recognise = capitalForm): Promise<Astrbot> {
  let token: string | undefined
  let appId: string | null = STALE_APP_ID
  let wxid = ''
  const listener = await createListener({
    path: '/astrbot-gewechat/callback',
    answer: () => ({ type: 'application/json', text: '{"r":"AstrBot ACK"}' }),
  })
  const offer = (file: ReturnType<typeof oneShot>) =>
    listener.offer(`/astrbot-gewechat/file/${randomUUID()}`, file.serve)
  const call = async (path: string, body?: object): Promise<unknown> => {
    const headers = token === undefined ? {} : { 'X-GEWE-TOKEN': token }
    const { type, text } = await postJson(`${site.baseUrl}/v2/api${path}`, headers, body, 300_000)
    // aiohttp reads nothing else as JSON.
    if (!/^application\/json\b/.test(type)) throw new TypeError(`not JSON but ${type}`)
    return parseExactly(text)
  }
  const succeed = (reply: unknown): unknown => {
    if (at(reply, 'ret') !== 200) throw new Error(JSON.stringify(reply))
    return dataOf(reply)
  }
  const scan = async (): Promise<string> => {
    const reply = await call('/login/getLoginQrCode', { appId })
    const reason = at(dataOf(reply), 'msg')
    if (typeof reason === 'string' && reason.includes('设备不存在') && appId !== null) {
      appId = null
      return scan()
    }
    textAt(reply, 'data', 'qrData')
    appId = textAt(reply, 'data', 'appId')
    return textAt(reply, 'data', 'uuid')
  }

  return {
    call,
    told: listener.told,
    async login() {
      if (token === undefined) token = textAt(await call('/tools/getTokenId'), 'data')
      if (appId !== null && at(await call('/login/checkOnline', { appId }), 'data') === true) {
        return { appId, wxid }
      }
      const uuid = await scan()
      for (let count = 0; count < 64; count += 1) {
        const data = dataOf(await call('/login/checkLogin', { appId, uuid }))
        if (integerAt(data, 'status') !== 2) continue
        textAt(data, 'nickName')
        wxid = textAt(data, 'loginInfo', 'wxid')
        return { appId: appId ?? '', wxid }
      }
      throw new Error('not logged in')
    },
    setCallback: () =>
      askThenListen(async () => {
        succeed(await call('/tools/setCallback', { token, callbackUrl: listener.url }))
      }, listener),
    heard: () => heardBy(appId ?? '', listener.told, parseExactly, recognise),
    async send(toWxid) {
      const films = oneShot(video, 'video/mp4')
      const frame = oneShot(picture, 'image/jpeg')
      const reply = await call('/message/postVideo', {
        appId,
        toWxid,
        videoUrl: offer(films),
        thumbUrl: offer(frame),
        // "00:01:05.2" without its colons.
        videoDuration: 105.2,
      })
      // Both links are closed once the reply is there.
      if (films.asked() !== 1 || frame.asked() !== 1) throw new Error('a link was not read exactly once')
      return idAt(reply, 'data', 'newMsgId')
    },
    async download({ content }) {
      const { hostname, port } = new URL(site.downloadUrl)
      for (const type of [2, 3]) {
        const reply = await call('/message/downloadImage', { appId, xml: content, type })
        if (at(reply, 'ret') !== 200) continue
        return fetchFile(`http://${hostname}:${port}/download/${textAt(reply, 'data', 'fileUrl')}`)
      }
      throw new Error('neither size of the picture is there')
    },
    revoke: () => Promise.reject(new Error('AstrBot withdraws nothing')),
    close: () => listener.close(),
  }
}

const habits = {
  lacks: { revoke: 'the adapter has no call for it' },
  sends: 'video',
  downloads: 'image',
} as const

export const astrbot: Script = {
  ...habits,
  name: 'AstrBot before its patch',
  form: 'capital',
  start: (site) => startAstrbot(site),
}

export const astrbotPatched: Script = {
  ...habits,
  name: 'AstrBot, patched for lower-case keys',
  form: 'lower',
  start: (site) => startAstrbot(site, eitherForm),
}
