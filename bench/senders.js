// @ts-check
import { setTimeout as pause } from 'node:timers/promises'
import { startServing } from './gateway.js'
import { memoryOf } from './memory.js'
import { startWorker } from './processes.js'

/**
 * What brings a video from a URL to a phone.
 * @typedef {object} Sender
 * @property {string} userId of the phone
 * @property {(video: import('./videos.js').Video) => Promise<unknown>} send
 * @property {() => void} resetPeak
 * @property {() => number} peak MiB
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} World
 * @property {string} folder
 * @property {string} rigs
 * @property {import('./processes.js').Worker} wechat
 */

/**
 * The gateway, logged in by scanning; the phone has written to it.
 * @param {World} world
 * @returns {Promise<Sender>}
 */
export async function startOurs({ folder, wechat }) {
  const userId = 'gateway-user@im.wechat'
  const { url, cdnUrl } = await wechat.ask('addresses')
  const { client, ...gateway } = await startServing(folder, {
    HONGYAN_DEFAULT_CHANNEL: 'ilink',
    HONGYAN_ILINK_API_URL: url,
    HONGYAN_ILINK_QR_URL: url,
    HONGYAN_ILINK_CDN_URL: cdnUrl,
    HONGYAN_ILINK_PACE_MS: '0',
  })
  const { appId, uuid, qrData } = await client.post('/login/getLoginQrCode', { appId: '' })
  const { botId } = await wechat.ask('confirm', userId, qrData)
  while ((await client.post('/login/checkLogin', { appId, uuid, captchCode: '' })).status !== 2);
  await wechat.ask('write', userId, botId)
  const heard = async () =>
    (await client.post('/contacts/fetchContactsList', { appId })).friends.includes(userId)
  while (!(await heard())) await pause(20)
  return {
    ...gateway,
    userId,
    send: (video) =>
      client.post('/message/postVideo', { appId, toWxid: userId, ...video, videoDuration: 10 }),
  }
}

/**
 * Tencent's own client. It sends no thumbnail.
 * @param {World} world
 * @returns {Promise<Sender>}
 */
export async function startOfficial({ folder, rigs, wechat }) {
  const userId = 'official-user@im.wechat'
  const { url, cdnUrl } = await wechat.ask('addresses')
  const { botId, token } = await wechat.ask('bind', userId)
  const official = await startWorker('official.js', [rigs, url, cdnUrl, token], folder)
  await wechat.ask('write', userId, botId)
  await official.ask('hear')
  return {
    ...memoryOf(official.pid),
    stop: official.stop,
    userId,
    send: ({ videoUrl }) => official.ask('send', userId, videoUrl),
  }
}
