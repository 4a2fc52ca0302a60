// @ts-check
import { median, spread } from '../figures.js'
import { startGateway } from '../gateway.js'
import { sizeOf } from '../scale.js'
import { videoAt } from '../videos.js'

/**
 * A receiver that jumps into a large video, beside one that plays it from the start.
 * @param {import('../scale.js').Bench} bench
 * @returns {Promise<import('../figures.js').Row[]>}
 */
export async function seek({ scale, folder, origin, say }) {
  const { largeBytes, seeks } = scale
  const gateway = await startGateway(folder)
  /** @type {{ middle: number[], start: number[] }} */
  const seen = { middle: [], start: [] }
  try {
    const { client, friend } = gateway
    const sent = await client.post('/message/postVideo', {
      ...gateway.to,
      ...videoAt(origin, largeBytes),
      videoDuration: 10,
    })
    const { fileUrl } = await client.post('/message/downloadCdn', {
      appId: friend.appId,
      aesKey: sent.aesKey,
      fileId: sent.fileId,
      type: '4',
    })
    for (let warm = 0; warm < 5; warm += 1) await client.firstByte(fileUrl, warm)
    for (let count = 0; count < seeks; count += 1) {
      // Somewhere in the middle fifth, another place each time and seldom at a block's edge.
      const place = Math.floor(largeBytes * (0.4 + (0.2 * count) / seeks)) + count
      seen.middle.push(await client.firstByte(fileUrl, place))
      seen.start.push(await client.firstByte(fileUrl, 0))
    }
  } finally {
    await gateway.stop()
  }
  say(
    `${seeks} seeks: middle ${median(seen.middle).toFixed(2)} ms, start ${median(seen.start).toFixed(2)} ms`,
  )
  return [
    {
      what: `seek into the middle of a ${sizeOf(largeBytes)} video by Range, to the first byte`,
      measured: spread(seen.middle, 'ms'),
      versus: 'reading the first bytes',
      compared: spread(seen.start, 'ms'),
      goals: [{ name: 'ratio', value: median(seen.middle) / median(seen.start), atMost: 1.5 }],
    },
  ]
}
