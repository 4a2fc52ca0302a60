// @ts-check
import { Client } from '../bench/client.js'
import { logIn } from '../bench/gateway.js'
import { makeToken } from './tokens.js'

/**
 * @typedef {object} Member one token and its devices
 * @property {string} token
 * @property {{ appId: string, wxid: string }[]} devices
 * @property {{ videoUrl: string, thumbUrl: string }[]} videos that it has sent and sends again
 * @property {string[]} xmls of them
 */

const VIDEOS = 5

/**
 * Tokens, each with its devices logged in, its callback set and some videos sent.
 * @param {object} options
 * @param {Awaited<ReturnType<typeof import('../bench/gateway.js').startServing>>} options.gateway
 * @param {number} options.tokens
 * @param {number} options.devices of each token
 * @param {string} options.origin
 * @param {string} options.receiver
 * @returns {Promise<Member[]>}
 */
export async function populate({ gateway, tokens, devices, origin, receiver }) {
  const members = []
  for (let number = 1; number <= tokens; number += 1) {
    const token = await makeToken(gateway.dataDir, `load-${number}`)
    const client = new Client(gateway.baseUrl, token)
    const member = await settle(client, token, devices, (file) => `${origin}/${file}?seed=${number}`)
    // Last, so that what was sent until now is told to nobody.
    await client.post('/tools/setCallback', { token, callbackUrl: `${receiver}/${number}` })
    client.close()
    members.push(member)
  }
  return members
}

/**
 * @param {Client} client
 * @param {string} token
 * @param {number} count
 * @param {(file: string) => string} urlOf
 * @returns {Promise<Member>}
 */
async function settle(client, token, count, urlOf) {
  const devices = []
  while (devices.length < count) devices.push(await logIn(client))
  const [from, to] = devices
  const videos = Array.from({ length: VIDEOS }, (_, at) => ({
    videoUrl: urlOf(`video/${(at + 1) * 131_072}.mp4`),
    thumbUrl: urlOf('thumb.jpg'),
  }))
  const xmls = []
  for (const video of videos) {
    const body = { appId: from?.appId, toWxid: to?.wxid, ...video, videoDuration: 10 }
    xmls.push(xmlOf(await client.post('/message/postVideo', body)))
  }
  return { token, devices, videos, xmls }
}

/** @param {{ aesKey: string, fileId: string, length: number }} sent */
export const xmlOf = ({ aesKey, fileId, length }) =>
  `<msg><videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${length}"/></msg>`
