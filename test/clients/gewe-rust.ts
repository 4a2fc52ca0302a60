import type { Client, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { startListener } from './listener.ts'
import { at, idAt, integerAt, nullableTextAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* The Rust crates gewe-core and gewe-http (contract 5.9): a reply that does not fit its type is an error. */

async function start(site: Site): Promise<Client> {
  let appId = ''
  let wxid = ''
  let sent: unknown
  const listener = await startListener({ path: '/webhook', answer: () => ({}) })
  const call = async (path: string, body: object): Promise<unknown> => {
    // The base ends in a slash, and the paths begin without one.
    const url = `${site.baseUrl}/gewe/v2/api/${path}`
    const { status, text } = await postJson(url, { 'X-GEWE-TOKEN': site.token }, body)
    if (status !== 200) throw new Error(`HTTP ${status}`)
    const envelope = parseExactly(text)
    if (integerAt(envelope, 'ret') !== 200) throw new Error(textAt(envelope, 'msg'))
    return at(envelope, 'data')
  }
  const demand = (data: unknown): unknown => {
    if (data === undefined || data === null) throw new Error('MissingData')
    return data
  }

  return {
    told: listener.told,
    async login() {
      if (appId !== '' && demand(await call('login/checkOnline', { appId })) === true) return { appId, wxid }
      const code = demand(await call('login/getLoginQrCode', { appId, type: 'ipad', regionId: '320000' }))
      for (const key of ['appId', 'uuid', 'qrData', 'qrImgBase64']) textAt(code, key)
      appId = textAt(code, 'appId')
      const state = demand(
        await call('login/checkLogin', { appId, uuid: textAt(code, 'uuid'), autoSliding: true }),
      )
      if (integerAt(state, 'status') !== 2) throw new Error('not logged in')
      await readProfile()
      return { appId, wxid }
    },
    async setCallback() {
      await call('login/setCallback', { token: site.token, callbackUrl: listener.url })
    },
    heard: () => heardBy(appId, listener.told, parseExactly, capitalForm),
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      sent = demand(await call('message/postVideo', { appId, toWxid, ...media, videoDuration: 10 }))
      for (const key of ['toWxid', 'aesKey', 'fileId']) textAt(sent, key)
      integerAt(sent, 'length')
      nullableTextAt(sent, 'createTime')
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const data = demand(await call('message/downloadVideo', { appId, xml: content }))
      return fetchFile(textAt(data, 'fileUrl'))
    },
    async revoke(toWxid) {
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime: '0' }
      await call('message/revokeMsg', { appId, toWxid, ...ids })
    },
    close: () => listener.close(),
  }

  /** Not one of these may be null. */
  async function readProfile(): Promise<void> {
    const profile = demand(await call('personal/getProfile', { appId }))
    for (const key of ['alias', 'nickName', 'mobile', 'province', 'city', 'signature', 'country'])
      textAt(profile, key)
    for (const key of ['bigHeadImgUrl', 'smallHeadImgUrl', 'regCountry', 'snsBgImg']) textAt(profile, key)
    for (const key of ['uin', 'sex']) integerAt(profile, key)
    wxid = textAt(profile, 'wxid')
  }
}

export const geweRust: Script = {
  name: 'gewe-core and gewe-http (Rust)',
  form: 'capital',
  sends: 'video',
  downloads: 'video',
  start,
}
