// @ts-check
import { median, spread } from '../figures.js'
import { startGateway } from '../gateway.js'
import { sizeOf } from '../scale.js'
import { videoAt } from '../videos.js'

/**
 * Many small videos at once beside one after another; a reply without `ret` 200 ends the bench.
 * @param {import('../scale.js').Bench} bench
 * @returns {Promise<import('../figures.js').Row[]>}
 */
export async function burst({ scale, folder, origin, say }) {
  const gateway = await startGateway(folder)
  const post = () =>
    gateway.client.post('/message/postVideo', {
      ...gateway.to,
      ...videoAt(origin, scale.burstBytes),
      videoDuration: 10,
    })
  const each = Array.from({ length: scale.burst })
  const oneByOne = async () => {
    for (const _ of each) await post()
  }
  const atOnce = () => Promise.all(each.map(post))
  /** @type {{ atOnce: number[], oneByOne: number[], peak: number[] }} */
  const seen = { atOnce: [], oneByOne: [], peak: [] }
  try {
    for (let warm = 0; warm < 10; warm += 1) await post()
    for (let round = 0; round < scale.rounds; round += 1) {
      gateway.resetPeak()
      seen.atOnce.push(await secondsOf(atOnce))
      seen.peak.push(gateway.peak())
      seen.oneByOne.push(await secondsOf(oneByOne))
      say(
        `round ${round + 1}: at once ${seen.atOnce.at(-1)?.toFixed(2)} s, one by one ${seen.oneByOne.at(-1)?.toFixed(2)} s, peak ${Math.round(seen.peak.at(-1) ?? 0)} MiB`,
      )
    }
  } finally {
    await gateway.stop()
  }
  const peak = Math.max(...seen.peak)
  return [
    {
      what: `${scale.burst} \`postVideo\` at once, different ${sizeOf(scale.burstBytes)} videos`,
      measured: `${spread(seen.atOnce, 's')}, highest RSS ${Math.round(peak)} MiB`,
      versus: 'one after another',
      compared: spread(seen.oneByOne, 's'),
      goals: [
        { name: 'ratio', value: median(seen.atOnce) / median(seen.oneByOne), atMost: 1 },
        { name: 'RSS', value: peak, unit: 'MiB', atMost: 300 },
      ],
    },
  ]
}

/** @param {() => Promise<unknown>} work */
async function secondsOf(work) {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}
