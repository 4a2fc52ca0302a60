import type { Client, Script, Site } from './client.ts'
import { eitherForm, heardBy } from './events.ts'
import { askThenListen, createListener } from './listener.ts'
import { at, idAt, integerAt, listAt, parseExactly, textAt } from './reading.ts'
import { exchange, fetchFile } from './wire.ts'

/* gewechaty (contract 5.3), with wechat2tg's way of reading ids on top. */

const BATCH = 20

async function start(site: Site): Promise<Client> {
  let token: string | undefined
  let appId = ''
  let wxid = ''
  let kept: { readonly msgId: string; readonly newMsgId: string } | undefined
  const listener = await createListener({ path: '/getWechatCallBack', answer: () => ({ text: 'SUCCESS' }) })

  /** @param body undefined leaves axios' Content-Type on an empty body */
  const call = async (path: string, body?: object): Promise<unknown> => {
    const { status, text } = await exchange(`${site.baseUrl}/v2/api${path}`, {
      method: 'POST',
      headers: {
        Accept: 'application/json, text/plain, */*',
        'User-Agent': 'Apifox/1.0.0 (https://apifox.com)',
        'Content-Type': 'application/json',
        ...(token === undefined ? {} : { 'X-GEWE-TOKEN': token }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const reply = parseExactly(text)
    if (status !== 200 || at(reply, 'ret') !== 200) throw new Error(text)
    return at(reply, 'data')
  }
  const askToken = async () => {
    const now = textAt(await call('/tools/getTokenId'))
    if (now !== token) {
      // A token that changes costs the device.
      token = now
      appId = ''
    }
  }
  const readContacts = async () => {
    const contacts = await call('/contacts/fetchContactsList', { appId })
    const friends = listAt(contacts, 'friends')
    for (let from = 0; from < friends.length; from += BATCH) {
      const wxids = friends.slice(from, from + BATCH)
      for (const friend of listAt(await call('/contacts/getDetailInfo', { appId, wxids })))
        textAt(friend, 'nickName')
    }
    for (const chatroomId of listAt(contacts, 'chatrooms')) {
      listAt(await call('/group/getChatroomInfo', { appId, chatroomId }), 'memberList')
    }
  }

  return {
    told: listener.told,
    async login() {
      await askToken()
      if ((await call('/login/checkOnline', { appId })) === false) {
        await askToken()
        const code = await call('/login/getLoginQrCode', { appId })
        appId = textAt(code, 'appId')
        textAt(code, 'qrData')
        const body = { appId, uuid: textAt(code, 'uuid') }
        let login: unknown
        do login = await call('/login/checkLogin', body)
        while (integerAt(login, 'status') !== 2)
        wxid = textAt(login, 'loginInfo', 'wxid')
      }
      await readContacts()
      return { appId, wxid }
    },
    setCallback: () =>
      askThenListen(async () => {
        await call('/tools/setCallback', { token, callbackUrl: listener.url })
      }, listener),
    heard: () => heardBy(appId, listener.told, parseExactly, eitherForm),
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      const data = await call('/message/postVideo', { appId, toWxid, ...media, videoDuration: 1 })
      kept = { msgId: idAt(data, 'msgId'), newMsgId: inChunks(data) }
      return kept.newMsgId
    },
    async download({ content }) {
      const data = await call('/message/downloadImage', { appId, xml: content, type: 2 })
      const trimmed = textAt(data, 'fileUrl').replace(/^\/+|\/+$/g, '')
      return fetchFile(`${site.downloadUrl}/download/${trimmed}`)
    },
    async revoke(toWxid) {
      await call('/message/revokeMsg', { appId, toWxid, ...kept, createTime: null })
    },
    close: () => listener.close(),
  }
}

/** Wechat2tg joins the parts of a BigNumber, 14 digits each, as numbers: a part that begins with 0 would lose it. */
function inChunks(data: unknown): string {
  const digits = at(data, 'newMsgId')
  // Short enough for a plain number, it has no parts to join.
  if (typeof digits !== 'string') throw new TypeError('newMsgId is no BigNumber')
  return [digits.slice(0, -14), digits.slice(-14)].map(Number).join('')
}

export const gewechaty: Script = {
  name: 'gewechaty',
  form: 'lower',
  sends: 'video',
  downloads: 'image',
  start,
}
