import sharp from 'sharp'
import { serve } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import type { Client, Script, Site } from './client.ts'
import { capitalForm, heardBy } from './events.ts'
import { isTest, startListener } from './listener.ts'
import { at, idAt, parseExactly, textAt } from './reading.ts'
import { fetchFile, postJson } from './wire.ts'

/* gewe-openclaw (contract 5.8): its own host for media, a PNG as thumbnail, a length rounded down to 0. */

interface Version {
  readonly base: string
  readonly parse: (text: string) => unknown
}

const older: Version = { base: '/v2/api', parse: (text) => JSON.parse(text) }
const newer: Version = { base: '/gewe/v2/api', parse: (text) => parseExactly(text) }

async function start(site: Site, { base, parse }: Version): Promise<Client> {
  const { appId, wxid } = site.device
  let sent: unknown
  const thumbnail = await sharp(picture).resize(64).png().toBuffer()
  const listener = await startListener({
    path: '/webhook',
    // Neither a message nor a state: a bad request, in its eyes.
    answer: (text) => ({ status: isTest(text) ? 400 : 200 }),
  })
  const call = async (path: string, body: object): Promise<unknown> => {
    const url = `${site.baseUrl}${base}${path}`
    const { status, text } = await postJson(url, { 'X-GEWE-TOKEN': site.token }, body)
    if (status < 200 || status > 299) throw new Error(`GeWe HTTP ${status}`)
    const reply = parse(text)
    if (at(reply, 'ret') !== 200) throw new Error(textAt(reply, 'msg').trim())
    return at(reply, 'data')
  }

  return {
    told: listener.told,
    login: () => Promise.resolve({ appId, wxid }),
    async setCallback() {
      await call('/login/setCallback', { token: site.token, callbackUrl: listener.url })
    },
    heard: () => heardBy(appId, listener.told, parse, capitalForm),
    async send(toWxid) {
      const media = {
        videoUrl: listener.offer('/media/video.mp4', serve(video, { type: 'video/mp4' })),
        thumbUrl: listener.offer('/media/thumb.png', serve(thumbnail, { type: 'image/png' })),
      }
      const videoDuration = Math.floor(0.9)
      sent = await call('/message/postVideo', { appId, toWxid, ...media, videoDuration })
      return idAt(sent, 'newMsgId')
    },
    async download({ content }) {
      const data = await call('/message/downloadVideo', { appId, xml: content })
      return fetchFile(textAt(data, 'fileUrl'))
    },
    async revoke(toWxid) {
      const createTime = String(at(sent, 'createTime') ?? '')
      const ids = { msgId: idAt(sent, 'msgId'), newMsgId: idAt(sent, 'newMsgId'), createTime }
      await call('/message/revokeMsg', { appId, toWxid, ...ids })
    },
    close: () => listener.close(),
  }
}

const NO_LOGIN = 'it has no calls at its start'

export const geweOpenclaw: Script = {
  name: 'gewe-openclaw',
  form: 'capital',
  lacks: { login: NO_LOGIN },
  sends: 'video',
  downloads: 'video',
  start: (site) => start(site, newer),
}

export const geweOpenclawOlder: Script = {
  name: 'gewe-openclaw, older',
  form: 'capital',
  lacks: { login: NO_LOGIN, download: 'it wants whole links, and below /v2/api a link is a path' },
  sends: 'video',
  downloads: 'video',
  start: (site) => start(site, older),
}
