// @ts-check
import { Agent } from 'node:http'
import { ask, call } from './ask.js'
import { messageKey, withdrawalKey } from './callbacks.js'
import { xmlOf } from './population.js'

/** What callers do, and how often of a hundred times. */
export const mix = /** @type {const} */ ([
  ['forwardVideo', 60],
  ['postVideo again', 10],
  ['postVideo new', 5],
  ['postText', 10],
  ['downloadVideo', 5],
  ['getMsgState', 3],
  ['checkOnline', 2],
  ['fetchContactsList', 2],
  ['revokeMsg', 3],
])

/** @typedef {(typeof mix)[number][0]} Operation */

/** Of each token's program. What waits for one is late, and the figures say so. */
const CONNECTIONS = 25

/** How many videos and messages of a token are remembered, and how old a message is withdrawn at most, milliseconds. */
const REMEMBERED = 50
const REVOKE_MS = 60_000

/** @typedef {{ appId: string, toWxid: string, toAppId: string, msgId: number, newMsgId: number, at: number }} Sent */

/**
 * Does as the tokens' programs do and keeps what their callbacks must tell.
 * @param {object} world
 * @param {string} world.baseUrl
 * @param {string} world.origin
 * @param {import('./population.js').Member[]} world.members
 * @param {() => number} random
 */
export function createCallers({ baseUrl, origin, members }, random) {
  /** @type {Set<string>} */
  const expected = new Set()
  const memories = members.map((member) => ({
    ...member,
    agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS }),
    sent: /** @type {Sent[]} */ ([]),
  }))
  /** @typedef {(typeof memories)[number]} Memory */
  let made = 0

  /**
   * @template T
   * @param {readonly T[]} from
   * @returns {T}
   */
  const any = (from) => {
    const one = from[Math.floor(random() * from.length)]
    if (one === undefined) throw new Error('there is nothing to choose from')
    return one
  }
  /**
   * @param {Memory} memory
   * @param {string} path
   * @param {Record<string, unknown>} body
   */
  const post = ({ agent, token }, path, body) => ask(agent, call(baseUrl, token, path, body))

  /**
   * @param {Memory} memory
   * @param {string} path
   * @param {Record<string, unknown>} content
   */
  const send = async (memory, path, content) => {
    const from = any(memory.devices)
    const to = any(memory.devices.filter((device) => device !== from))
    const answer = await post(memory, path, { appId: from.appId, toWxid: to.wxid, ...content })
    if (answer.code !== 'ok') return answer
    const { msgId, newMsgId } = answer.data
    expected.add(messageKey(to.appId, newMsgId))
    const sent = { appId: from.appId, toWxid: to.wxid, toAppId: to.appId, msgId, newMsgId, at: Date.now() }
    remember(memory.sent, sent)
    return answer
  }
  /** @param {Memory} memory */
  const text = (memory) => send(memory, '/message/postText', { content: `第 ${++made} 条消息` })

  /** @type {Record<Operation, (memory: Memory, measure: Measure) => Promise<import('./ask.js').Answer>>} */
  const does = {
    forwardVideo: (memory) => send(memory, '/message/forwardVideo', { xml: any(memory.xmls) }),
    'postVideo again': (memory) =>
      send(memory, '/message/postVideo', { ...any(memory.videos), videoDuration: 10 }),
    async 'postVideo new'(memory) {
      const seed = `new-${++made}`
      const bytes = Math.floor(65_536 * (1 + 7 * random()))
      const videoUrl = `${origin}/video/${bytes}.mp4?seed=${seed}`
      const thumbUrl = `${origin}/thumb.jpg?seed=${seed}`
      const answer = await send(memory, '/message/postVideo', { videoUrl, thumbUrl, videoDuration: 10 })
      if (answer.code === 'ok') remember(memory.xmls, xmlOf(answer.data))
      return answer
    },
    postText: text,
    async downloadVideo(memory, measure) {
      const xml = any(memory.xmls)
      const length = Number(/ length="(\d+)"/.exec(xml)?.[1])
      const start = Math.floor(random() * length)
      const answer = await post(memory, '/message/downloadVideo', { appId: any(memory.devices).appId, xml })
      if (answer.code !== 'ok') return answer
      measure('GET of a range', performance.now(), async () => {
        const headers = { range: `bytes=${start}-` }
        const got = await ask(memory.agent, { url: answer.data.fileUrl, method: 'GET', headers })
        return got.code === 'ok' && got.bytes !== length - start ? { ...got, code: 'wrong_length' } : got
      })
      return answer
    },
    getMsgState(memory) {
      if (memory.sent.length === 0) return text(memory)
      const { appId, newMsgId } = any(memory.sent)
      return post(memory, '/message/getMsgState', { appId, newMsgId })
    },
    checkOnline: (memory) => post(memory, '/login/checkOnline', { appId: any(memory.devices).appId }),
    fetchContactsList: (memory) =>
      post(memory, '/contacts/fetchContactsList', { appId: any(memory.devices).appId }),
    async revokeMsg(memory) {
      const sent = memory.sent.shift()
      if (!sent || Date.now() - sent.at > REVOKE_MS) return text(memory)
      const { appId, toWxid, toAppId, msgId, newMsgId } = sent
      const answer = await post(memory, '/message/revokeMsg', { appId, toWxid, msgId, newMsgId })
      if (answer.code === 'ok') expected.add(withdrawalKey(toAppId, newMsgId))
      return answer
    },
  }

  return {
    expected,
    /**
     * @param {Operation} operation
     * @param {Measure} measure for what follows from it
     */
    perform: (operation, measure) => does[operation](any(memories), measure),
  }
}

/**
 * Does something and counts it.
 * @typedef {(name: string, since: number, act: () => Promise<import('./ask.js').Answer>) => Promise<void>} Measure
 */

/**
 * @template T
 * @param {T[]} list
 * @param {T} item
 */
function remember(list, item) {
  list.push(item)
  if (list.length > REMEMBERED) list.shift()
}
