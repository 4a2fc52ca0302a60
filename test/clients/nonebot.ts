import type { Client, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { isTest, startListener } from './listener.ts'
import { at, idAt, integerAt, nullableTextAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* nonebot-adapter-gewechat (contract 5.6): every reply and callback goes through a typed model. */

const ONLINE = '微信已登录，请勿重复登录。'

async function start(site: Site): Promise<Client> {
  let token = ''
  let appId = ''
  let wxid = ''
  let sent: unknown
  const base = `${site.baseUrl}/v2/api`
  const listener = await startListener({
    path: '/gewechat/',
    answer: () => ({ status: wxid === '' ? 500 : 200 }),
  })
  const call = async (path: string, body: object): Promise<unknown> => {
    const { status, text } = await postJson(`${base}${path}`, { 'X-GEWE-TOKEN': token }, body)
    if (status !== 200) throw new Error(`HTTP ${status}: the adapter would take a new token and send again`)
    return parseExactly(text)
  }
  const succeed = (reply: unknown): unknown => {
    if (integerAt(reply, 'ret') !== 200) throw new Error(`ActionFailed: ${JSON.stringify(reply)}`)
    textAt(reply, 'msg')
    return at(reply, 'data')
  }

  return {
    told: listener.told,
    async login() {
      token = textAt(succeed(await call('/tools/getTokenId', {})))
      const code = await call('/login/getLoginQrCode', { appId })
      if (at(code, 'msg') === ONLINE) return { appId, wxid }
      appId = textAt(succeed(code), 'appId')
      wxid = await checkLogin(call, appId, textAt(code, 'data', 'uuid'))
      return { appId, wxid }
    },
    async setCallback() {
      succeed(await call('/tools/setCallback', { token, callbackUrl: listener.url }))
    },
    heard() {
      for (const text of listener.told) if (!isTest(text)) checkEvent(JSON.parse(text))
      return heardBy(appId, listener.told, parseExactly, capitalForm)
    },
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      sent = succeed(await call('/message/postVideo', { appId, toWxid, ...media, videoDuration: 10 }))
      textAt(sent, 'toWxid')
      textAt(sent, 'aesKey')
      nullableTextAt(sent, 'fileId')
      integerAt(sent, 'length')
      integerAt(sent, 'msgId')
      // Keys without a default: null is a value, absence is not.
      if (at(sent, 'createTime') !== null || at(sent, 'type') !== null)
        throw new TypeError('a key is missing')
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const reply = succeed(await call('/message/downloadImage', { appId, xml: content, type: 2 }))
      return fetchFile(`${site.downloadUrl}/download/${textAt(reply, 'fileUrl')}`)
    },
    async revoke(toWxid) {
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime: 'None' }
      succeed(await call('/message/revokeMsg', { appId, toWxid, ...ids }))
    },
    close: () => listener.close(),
  }
}

/** Asks again at once while the answer is neither an error nor a login; answers the wxid. */
async function checkLogin(
  call: (path: string, body: object) => Promise<unknown>,
  appId: string,
  firstUuid: string,
): Promise<string> {
  let uuid = firstUuid
  for (;;) {
    const data = at(await call('/login/checkLogin', { appId, uuid }), 'data')
    uuid = textAt(data, 'uuid')
    nullableTextAt(data, 'headImgUrl')
    nullableTextAt(data, 'nickName')
    integerAt(data, 'expiredTime')
    if (integerAt(data, 'status') !== 2) continue
    textAt(data, 'loginInfo', 'nickName')
    return textAt(data, 'loginInfo', 'wxid')
  }
}

/** The strictest model of a callback there is (contract 3.2). */
function checkEvent(body: unknown): void {
  textAt(body, 'TypeName')
  textAt(body, 'Appid')
  textAt(body, 'Wxid')
  for (const key of ['FromUserName', 'ToUserName', 'Content']) textAt(body, 'Data', key, 'string')
  for (const key of ['MsgId', 'MsgType', 'Status', 'ImgStatus', 'CreateTime', 'NewMsgId', 'MsgSeq'])
    integerAt(body, 'Data', key)
  integerAt(body, 'Data', 'ImgBuf', 'iLen')
  textAt(body, 'Data', 'MsgSource')
}

export const nonebot: Script = {
  name: 'nonebot-adapter-gewechat',
  form: 'capital',
  sends: 'video',
  downloads: 'image',
  start,
}
