// @ts-check
import { Client } from '../bench/client.js'
import { logIn, startServing } from '../bench/gateway.js'
import { startServer, startWorker } from '../bench/processes.js'
import { videoAt } from '../bench/videos.js'
import { call } from './ask.js'
import { xmlOf } from './population.js'
import { makeToken } from './tokens.js'

const MiB = 1024 ** 2

/** What token B does while A goes on, and over how many connections. */
export const floods = {
  forward: { what: '`forwardVideo`', connections: 256 },
  small: { what: '`postVideo`, a new 128 KiB video each', connections: 256 },
  large: { what: '`postVideo`, a new 200 MiB video each', connections: 16 },
  upload: { what: '`uploadFile`, 16 MiB each', connections: 64 },
  download: { what: 'download of a 200 MiB video', connections: 32 },
  state: { what: '`getMsgState`', connections: 256 },
}

/** @typedef {keyof typeof floods} Flood */

/**
 * One token's `forwardVideo` at a set rate, alone and then while another token floods; a fresh gateway for each flood.
 * @param {object} options
 * @param {Flood[]} options.kinds
 * @param {string} options.folder
 * @param {Record<string, string>} options.settings of the gateway
 * @param {number} options.seconds of each half
 * @param {number} options.rate of A
 * @param {number} options.seed
 * @param {(words: string) => void} options.say
 */
export async function greedy({ kinds, folder, settings, seconds, rate, seed, say }) {
  const origin = await startServer('origin.js')
  const rows = []
  for (const kind of kinds) {
    const row = await underFlood(kind, { origin: origin.url, folder, settings, seconds, rate, seed })
    const { alone, flooded } = row
    say(
      `${kind}: alone p99 ${alone.p99.toFixed(1)} ms, flooded p50 ${flooded.p50.toFixed(1)} p99 ${flooded.p99.toFixed(1)} ms, ratio ${row.ratio.toFixed(2)}; B ${JSON.stringify(row.flood.codes)}`,
    )
    rows.push(row)
  }
  await origin.stop()
  return rows
}

/** @typedef {Awaited<ReturnType<typeof underFlood>>} GreedyRow */

/**
 * @param {Flood} kind
 * @param {{ origin: string, folder: string, settings: Record<string, string>, seconds: number, rate: number, seed: number }} world
 */
async function underFlood(kind, { origin, folder, settings, seconds, rate, seed }) {
  const gateway = await startServing(folder, { HONGYAN_DEFAULT_CHANNEL: 'local', ...settings })
  const caller = await startWorker('../load/steady.js', [], folder)
  const flooder = await startWorker('../load/flood.js', [], folder)
  try {
    const { baseUrl } = gateway
    const a = await settle(gateway.client, origin, MiB / 8)
    const tokenB = await makeToken(gateway.dataDir, 'b')
    const clientB = new Client(baseUrl, tokenB)
    const b = await settle(clientB, origin, kind === 'download' ? 200 * MiB : MiB / 8)
    clientB.close()

    const { url, headers, payload } = call(baseUrl, gateway.token, '/message/forwardVideo', {
      ...a.to,
      xml: a.xml,
    })
    const request = { url, headers, body: String(payload?.[0]) }
    await caller.ask('send', request, { rate: rate * 4, seconds: Math.min(5, seconds), seed: seed + 1 })
    const alone = await caller.ask('send', request, { rate, seconds, seed })
    gateway.resetPeak()
    const { connections } = floods[kind]
    const target = { baseUrl, token: tokenB, origin, ...b }
    const [flooded, flood] = await Promise.all([
      caller.ask('send', request, { rate, seconds, seed }),
      flooder.ask('flood', kind, target, { connections, seconds }),
    ])
    return {
      kind,
      connections,
      rate,
      alone: /** @type {Steady} */ (alone),
      flooded: /** @type {Steady} */ (flooded),
      flood: /** @type {Flooded} */ (flood),
      ratio: flooded.p99 / alone.p99,
      peakMiB: gateway.peak(),
    }
  } finally {
    await Promise.all([caller.stop(), flooder.stop()])
    await gateway.stop()
  }
}

/**
 * @typedef {import('./statistics.js').Summary & { codes: Record<string, number> }} Steady
 * @typedef {{ codes: Record<string, number>, told: { refused: number, inHeader: number, inBody: number }, bytes: number }} Flooded
 */

/**
 * Two devices of a token's, one of which has sent the other a video.
 * @param {Client} client
 * @param {string} origin
 * @param {number} bytes
 */
async function settle(client, origin, bytes) {
  const sender = await logIn(client)
  const friend = await logIn(client)
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const sent = await client.post('/message/postVideo', {
    ...to,
    ...videoAt(origin, bytes),
    videoDuration: 10,
  })
  const xml = xmlOf(sent)
  const { fileUrl } = await client.post('/message/downloadVideo', { appId: friend.appId, xml })
  return { to, xml, newMsgId: sent.newMsgId, largeUrl: fileUrl }
}
