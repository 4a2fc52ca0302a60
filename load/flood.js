// @ts-check
import { randomBytes, randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { obeyParent } from '../bench/processes.js'
import { videoAt } from '../bench/videos.js'
import { ask, call } from './ask.js'

/*
 * A greedy caller in a process of its own: so many connections, each asking again as soon as it has an answer, whatever
 * that says. It runs at a low priority, so that what is measured is the gateway's fairness and not that of the machine's
 * scheduler.
 */
const MiB = 1024 ** 2
const noise = randomBytes(MiB)
setPriority(10)

/**
 * @typedef {object} Target
 * @property {string} baseUrl
 * @property {string} token
 * @property {string} origin
 * @property {{ appId: string, toWxid: string }} to
 * @property {string} xml of a small video
 * @property {number} newMsgId
 * @property {string} largeUrl link to the blob that is downloaded
 */

/** @type {Record<string, (target: Target) => import('./ask.js').Question>} */
const questions = {
  forward: ({ baseUrl, token, to, xml }) => call(baseUrl, token, '/message/forwardVideo', { ...to, xml }),
  small: (target) => video(target, MiB / 8),
  large: (target) => video(target, 200 * MiB),
  upload: ({ baseUrl, token }) => ({
    url: `${baseUrl}/tools/uploadFile?name=${randomUUID()}.bin`,
    headers: { 'x-gewe-token': token, 'content-type': 'application/octet-stream' },
    payload: [Buffer.from(randomUUID()), ...Array.from({ length: 16 }, () => noise)],
  }),
  download: ({ largeUrl }) => ({ url: largeUrl, method: 'GET' }),
  state: ({ baseUrl, token, to, newMsgId }) =>
    call(baseUrl, token, '/message/getMsgState', { appId: to.appId, newMsgId }),
}

/**
 * @param {Target} target
 * @param {number} bytes
 */
function video({ baseUrl, token, origin, to }, bytes) {
  const body = { ...to, ...videoAt(origin, bytes), videoDuration: 10 }
  return call(baseUrl, token, '/message/postVideo', body)
}

obeyParent({
  /**
   * @param {string} kind
   * @param {Target} target
   * @param {{ connections: number, seconds: number }} load
   */
  async flood(kind, target, { connections, seconds }) {
    const question = questions[kind]
    if (!question) throw new Error(`no such flood: ${kind}`)
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    /** @type {Record<string, number>} */
    const codes = {}
    const told = { refused: 0, inHeader: 0, inBody: 0 }
    let bytes = 0
    let isOver = false
    const loop = async () => {
      while (!isOver) {
        const answer = await ask(agent, question(target))
        bytes += answer.bytes
        if (isOver) return
        codes[answer.code] = (codes[answer.code] ?? 0) + 1
        if (answer.code !== 'too_many_requests' && answer.code !== 'http_429') continue
        told.refused += 1
        if (answer.toldInHeader) told.inHeader += 1
        if (answer.toldInBody) told.inBody += 1
      }
    }
    const loops = Array.from({ length: connections }, loop)
    await pause(seconds * 1000)
    isOver = true
    agent.destroy()
    await Promise.all(loops)
    return { codes, told, bytes }
  },
})
