// @ts-check
import { median, spread } from '../figures.js'
import { startGateway } from '../gateway.js'
import { runLoad, startServer } from '../processes.js'
import { videoAt } from '../videos.js'

/**
 * The second send of a video, by many callers at once: forwardVideo beside a bare route, and postVideo of the same URL
 * beside forwardVideo.
 * @param {import('../scale.js').Bench} bench
 * @returns {Promise<import('../figures.js').Row[]>}
 */
export async function sendsAgain({ scale, folder, origin, say }) {
  const { connections, loadSeconds, warmSeconds, loadRounds } = scale
  const gateway = await startGateway(folder)
  const bare = await startServer('bare.js')
  try {
    const video = { ...videoAt(origin, scale.burstBytes), videoDuration: 10 }
    const sent = await gateway.client.post('/message/postVideo', { ...gateway.to, ...video })
    const forward = { ...gateway.to, xml: videoXml(sent) }
    const again = { ...gateway.to, ...video }
    const load = { token: gateway.token, connections, seconds: loadSeconds }
    const loads = {
      forward: { ...load, url: `${gateway.baseUrl}/message/forwardVideo`, body: forward },
      bare: { ...load, url: `${bare.url}/message/forwardVideo`, body: forward },
      again: { ...load, url: `${gateway.baseUrl}/message/postVideo`, body: again },
    }
    /** @type {Record<keyof typeof loads, Awaited<ReturnType<typeof runLoad>>[]>} */
    const seen = { forward: [], bare: [], again: [] }
    const names = /** @type {const} */ (['forward', 'bare', 'again'])
    for (const name of names) await runLoad({ ...loads[name], seconds: warmSeconds })
    for (let round = 0; round < loadRounds; round += 1) {
      for (const name of names) seen[name].push(await runLoad(loads[name]))
      say(
        `round ${round + 1}: ${names.map((name) => `${name} ${Math.round(seen[name].at(-1)?.perSecond ?? 0)}/s, p99 ${seen[name].at(-1)?.p99} ms`).join('; ')}`,
      )
    }
    const rates = (/** @type {keyof typeof loads} */ name) => seen[name].map(({ perSecond }) => perSecond)
    const rate = (/** @type {keyof typeof loads} */ name) => median(rates(name))
    const p99 = median(seen.forward.map((run) => run.p99))
    return [
      {
        what: `\`forwardVideo\`, ${connections} connections, each reply durable`,
        measured: `${spread(rates('forward'), 'requests/s')}, p99 ${p99} ms`,
        versus: 'a bare Fastify route with the same schemas and no work',
        compared: spread(rates('bare'), 'requests/s'),
        goals: [
          { name: 'ratio', value: rate('forward') / rate('bare'), atLeast: 0.5 },
          { name: 'p99', value: p99, unit: 'ms', atMost: 25 },
        ],
      },
      {
        what: '`postVideo` of a URL sent before',
        measured: spread(rates('again'), 'requests/s'),
        versus: '`forwardVideo`',
        compared: spread(rates('forward'), 'requests/s'),
        goals: [{ name: 'ratio', value: rate('again') / rate('forward'), atLeast: 0.25 }],
      },
    ]
  } finally {
    await bare.stop()
    await gateway.stop()
  }
}

/**
 * As a caller assembles it from the reply of a send.
 * @param {{ aesKey: string, fileId: string, length: number }} reply
 */
function videoXml({ aesKey, fileId, length }) {
  return `<?xml version="1.0"?>
<msg>
	<videomsg aeskey="${aesKey}" cdnvideourl="${fileId}" cdnthumbaeskey="${aesKey}" cdnthumburl="${fileId}" length="${length}" playlength="10" />
</msg>`
}
