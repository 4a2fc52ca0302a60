import type { Client, Script, Site } from './client.ts'
import { flatForm, heardBy } from './events.ts'
import { startListener } from './listener.ts'
import { at, idAt, listAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* gewe-hub (contract 5.7), on the cloud's paths and its form of callbacks. */

const QUOTED_FROM = 15

async function start(site: Site): Promise<Client> {
  const { appId } = site.device
  let sent: unknown
  const listener = await startListener({
    path: '/gewe/webhook',
    answer: () => ({ type: 'application/json', text: '{"ok":true}' }),
  })
  const call = async (path: string, body: object): Promise<unknown> => {
    const url = `${site.baseUrl}/gewe/v2/api${path}`
    const { status, text } = await postJson(url, { 'X-GEWE-TOKEN': site.token }, body, 120_000)
    if (status < 200 || status > 299) throw new Error(`GeWe HTTP ${status}`)
    const reply = parseExactly(text, QUOTED_FROM)
    const ret = at(reply, 'ret')
    if (ret !== undefined && ret !== 200 && ret !== 0) throw new Error(reasonOf(reply))
    return at(reply, 'data')
  }

  return {
    told: listener.told,
    /** It only looks: its accounts are logged in elsewhere. */
    async login() {
      if ((await call('/login/checkOnline', { appId })) !== true) throw new Error('offline')
      const profile = await call('/personal/getProfile', { appId })
      textAt(profile, 'nickName')
      textAt(profile, 'bigHeadImgUrl')
      listAt(await call('/contacts/fetchContactsList', { appId }), 'friends')
      return { appId, wxid: textAt(profile, 'wxid') }
    },
    async setCallback() {
      await call('/login/setCallback', { token: site.token, callbackUrl: listener.url })
    },
    heard: () => heardBy(appId, listener.told, (text) => parseExactly(text, QUOTED_FROM), flatForm),
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      const videoDuration = Math.max(1, Math.round(0.4))
      sent = await call('/message/postVideo', { appId, toWxid, ...media, videoDuration })
      if (at(sent, 'createTime') !== null) throw new TypeError('createTime')
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const data = await call('/message/downloadVideo', { appId, xml: content })
      return fetchFile(textAt(data, 'fileUrl'))
    },
    async revoke(toWxid) {
      const createTime = String(at(sent, 'createTime') ?? Date.now())
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime }
      await call('/message/revokeMsg', { appId, toWxid, ...ids })
    },
    close: () => listener.close(),
  }
}

/** What it shows its user. */
function reasonOf(reply: unknown): string {
  const reason = at(reply, 'data', 'msg')
  return typeof reason === 'string' ? reason : textAt(reply, 'msg')
}

export const geweHub: Script = {
  name: 'gewe-hub',
  form: 'flat',
  lacks: { login: 'its accounts are logged in elsewhere; it asks checkOnline' },
  sends: 'video',
  downloads: 'video',
  start,
}
