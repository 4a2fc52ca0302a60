import type { Client, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { startListener } from './listener.ts'
import { at, idAt, listAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* OpenGewe (contract 5.5). It posts videos without a duration, which is refused, so a text is what it sends. */

/** What it was given once, by a server that is no more. */
const OLD_TOKEN = 'token-of-another-server-0123456789'

export interface OpenGewe extends Client {
  /** Posts as the library does, ret and all. */
  call(path: string, body: object): Promise<unknown>
}

export async function startOpenGewe(site: Site): Promise<OpenGewe> {
  let token = OLD_TOKEN
  let appId = ''
  let wxid = ''
  let sent: unknown
  const listener = await startListener({
    path: '/callback',
    answer: () => ({ type: 'application/json', text: '{"status":"success"}' }),
  })
  const call = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'X-GEWE-TOKEN': token }
    const { status, type, text } = await postJson(`${site.baseUrl}/v2/api${path}`, headers, body, 300_000)
    if (status >= 400) return { ret: status, msg: text, data: undefined }
    if (!/^application\/json\b/.test(type)) throw new TypeError(`not JSON but ${type}`)
    return parseExactly(text)
  }
  const devices = async (): Promise<readonly unknown[]> => {
    const reply = await call('/login/deviceList', {})
    if (at(reply, 'ret') === 200) return listAt(reply, 'data')
    if (!textAt(reply, 'msg').endsWith('不可用或已过期')) throw new Error(JSON.stringify(reply))
    token = textAt(await call('/tools/getTokenId', {}), 'data')
    return devices()
  }

  return {
    call,
    told: listener.told,
    async login() {
      const known = await devices()
      if (!known.includes(appId)) appId = ''
      const code = await call('/login/getLoginQrCode', { appId })
      if (at(code, 'ret') !== 200) {
        if (at(code, 'msg') === '微信已登录，请勿重复登录。') return { appId, wxid }
        throw new Error(JSON.stringify(code))
      }
      appId = textAt(code, 'data', 'appId')
      for (let count = 0; count < 60; count += 1) {
        const reply = await call('/login/checkLogin', { appId, uuid: textAt(code, 'data', 'uuid') })
        // Both must be there.
        if (at(reply, 'data', 'status') !== 2 || at(reply, 'data', 'loginInfo') === null) continue
        wxid = textAt(reply, 'data', 'loginInfo', 'wxid')
        return { appId, wxid }
      }
      throw new Error('not logged in')
    },
    async setCallback() {
      const reply = await call('/tools/setCallback', { token, callbackUrl: listener.url })
      if (at(reply, 'ret') !== 200) throw new Error(JSON.stringify(reply))
    },
    heard: () => heardBy(appId, listener.told, parseExactly, capitalForm),
    async send(toWxid) {
      sent = await call('/message/postText', { appId, toWxid, content: '你好', ats: '' })
      return idAt(sent, 'data', 'newMsgId')
    },
    async download({ content }) {
      const reply = await call('/message/downloadVideo', { appId, xml: content })
      return fetchFile(`${site.downloadUrl}/download?url=${textAt(reply, 'data', 'fileUrl')}`)
    },
    async revoke(toWxid) {
      const msgid = idAt(sent, 'data', 'msgId')
      const newMsgId = idAt(sent, 'data', 'newMsgId')
      const createTime = idAt(sent, 'data', 'createTime')
      const reply = await call('/message/revokeMsg', { appId, toWxid, msgid, newMsgId, createTime })
      if (at(reply, 'ret') !== 200) throw new Error(JSON.stringify(reply))
    },
    close: () => listener.close(),
  }
}

export const openGewe: Script = {
  name: 'OpenGewe',
  form: 'capital',
  sends: 'text',
  downloads: 'video',
  start: startOpenGewe,
}
