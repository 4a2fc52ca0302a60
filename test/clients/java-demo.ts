import type { Client, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { startListener } from './listener.ts'
import { at, idAt, integerAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* GeWe's java-demo (contract 5.4): thin wrappers that look at `ret` as an int and at nothing else. */

export interface JavaDemo extends Client {
  /** Posts as the demo does; answers the data. */
  call(path: string, body: object): Promise<unknown>
}

export async function startJavaDemo(site: Site): Promise<JavaDemo> {
  let token = ''
  let appId = ''
  let wxid = ''
  let sent: unknown
  const listener = await startListener({ path: '/callback', answer: () => ({}) })
  const call = async (path: string, body: object): Promise<unknown> => {
    const { text } = await postJson(`${site.baseUrl}/v2/api${path}`, { 'X-GEWE-TOKEN': token }, body)
    const reply = parseExactly(text)
    if (integerAt(reply, 'ret') !== 200) throw new Error(text)
    return at(reply, 'data')
  }

  return {
    call,
    told: listener.told,
    async login() {
      token = textAt(await call('/tools/getTokenId', {}))
      if ((await call('/login/checkOnline', { appId })) === true) return { appId, wxid }
      const code = await call('/login/getLoginQrCode', { appId })
      appId = textAt(code, 'appId')
      const body = { appId, uuid: textAt(code, 'uuid'), captchCode: null }
      const login = await call('/login/checkLogin', body)
      if (integerAt(login, 'status') !== 2) throw new Error('the demo asks once')
      wxid = textAt(login, 'loginInfo', 'wxid')
      return { appId, wxid }
    },
    async setCallback() {
      await call('/tools/setCallback', { token, callbackUrl: listener.url })
    },
    heard: () => heardBy(appId, listener.told, parseExactly, capitalForm),
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      sent = await call('/message/postVideo', { appId, toWxid, ...media, videoDuration: 10 })
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const data = await call('/message/downloadVideo', { appId, xml: content })
      // The demo leaves the link to its reader: the free image's documents say what to put before it.
      return fetchFile(`${site.downloadUrl}${textAt(data, 'fileUrl')}`)
    },
    async revoke(toWxid) {
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime: '' }
      await call('/message/revokeMsg', { appId, toWxid, ...ids })
    },
    close: () => listener.close(),
  }
}

export const javaDemo: Script = {
  name: 'java-demo',
  form: 'capital',
  sends: 'video',
  downloads: 'video',
  start: startJavaDemo,
}
