import type { Client, Script, Site } from './client.ts'
import { flatForm, heardBy } from './events.ts'
import { isTest, startListener } from './listener.ts'
import { at, idAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* LangBot's GeWe v2 adapter and a Python bot of the cloud (contract 5.9). */

/** What sets one cloud program apart from another. */
interface Habit {
  /** What a `ret` means to it. */
  readonly isSuccess: (ret: unknown) => boolean
  readonly timeoutMs: number
  readonly answer: { readonly type?: string; readonly text?: string }
  /** What it calls at its start, with its own device. */
  readonly begin?: string
}

async function start(site: Site, habit: Habit): Promise<Client> {
  const { appId, wxid } = site.device
  let sent: unknown
  const listener = await startListener({
    path: '/callback',
    answer: (text) => (isTest(text) ? habit.answer : {}),
  })
  const call = async (path: string, body: object): Promise<unknown> => {
    const url = `${site.baseUrl}/gewe/v2/api${path}`
    const { status, text } = await postJson(url, { 'X-GEWE-TOKEN': site.token }, body, habit.timeoutMs)
    if (status >= 400) throw new Error(`HTTP ${status}`)
    const reply = parseExactly(text)
    if (!habit.isSuccess(at(reply, 'ret'))) throw new Error(textAt(reply, 'msg'))
    return at(reply, 'data')
  }

  return {
    told: listener.told,
    async login() {
      if (habit.begin !== undefined) await call(habit.begin, { appId })
      return { appId, wxid }
    },
    async setCallback() {
      await call('/login/setCallback', { token: site.token, callbackUrl: listener.url })
    },
    heard: () => heardBy(appId, listener.told, parseExactly, flatForm),
    async send(toWxid) {
      const media = { videoUrl: `${site.mediaUrl}/video.mp4`, thumbUrl: `${site.mediaUrl}/thumb.jpg` }
      sent = await call('/message/postVideo', { appId, toWxid, ...media, videoDuration: 10 })
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const data = await call('/message/downloadVideo', { appId, xml: content })
      return fetchFile(textAt(data, 'fileUrl'))
    },
    async revoke(toWxid) {
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime: '' }
      await call('/message/revokeMsg', { appId, toWxid, ...ids })
    },
    close: () => listener.close(),
  }
}

export const langbot: Script = {
  name: 'LangBot, GeWe v2',
  form: 'flat',
  lacks: { login: 'it has no calls at its start' },
  sends: 'video',
  downloads: 'video',
  start: (site) =>
    start(site, {
      isSuccess: (ret) => ret === 200 || ret === undefined || ret === null,
      timeoutMs: 20_000,
      answer: { type: 'application/json', text: '{"ret":200,"msg":"accepted"}' },
    }),
}

export const pythonBot: Script = {
  name: 'a Python bot of the cloud',
  form: 'flat',
  sends: 'video',
  downloads: 'video',
  start: (site) =>
    start(site, {
      isSuccess: (ret) => ret === 200,
      timeoutMs: 60_000,
      answer: {},
      // Its reply may lack data, in the cloud.
      begin: '/login/reconnection',
    }),
}
