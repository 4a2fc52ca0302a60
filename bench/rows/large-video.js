// @ts-check
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { median, spread } from '../figures.js'
import { startGateway } from '../gateway.js'
import { sizeOf } from '../scale.js'
import { videoAt } from '../videos.js'

const run = promisify(execFile)

/**
 * One large video, request to reply, and the gateway's memory meanwhile. Every round has a gateway of its own, so that
 * no round inherits the memory or the disk of another.
 * @param {import('../scale.js').Bench} bench
 * @returns {Promise<import('../figures.js').Row[]>}
 */
export async function largeVideo({ scale, folder, origin, say }) {
  const { largeBytes, smallBytes } = scale
  /** @type {{ post: number[], curl: number[], peakLarge: number[], peakSmall: number[] }} */
  const seen = { post: [], curl: [], peakLarge: [], peakSmall: [] }
  for (let round = 0; round < scale.rounds; round += 1) {
    const large = videoAt(origin, largeBytes)
    const gateway = await startGateway(folder)
    const post = async (/** @type {{ videoUrl: string, thumbUrl: string }} */ video) => {
      gateway.resetPeak()
      const started = performance.now()
      await gateway.client.post('/message/postVideo', { ...gateway.to, ...video, videoDuration: 10 })
      return { ms: performance.now() - started, peak: gateway.peak() }
    }
    try {
      await post(videoAt(origin, scale.burstBytes))
      seen.peakSmall.push((await post(videoAt(origin, smallBytes))).peak)
      const { ms, peak } = await post(large)
      seen.post.push(perSecond(largeBytes, ms))
      seen.peakLarge.push(peak)
    } finally {
      await gateway.stop()
    }
    seen.curl.push(perSecond(largeBytes, await curl(large.videoUrl, join(folder, 'curl.mp4'))))
    say(
      `round ${round + 1}: postVideo ${last(seen.post)} MB/s, curl ${last(seen.curl)} MB/s, peak ${last(seen.peakLarge)} MiB, small ${last(seen.peakSmall)} MiB`,
    )
  }
  const peak = median(seen.peakLarge)
  return [
    {
      what: `\`postVideo\` of a ${sizeOf(largeBytes)} video, request to durable reply`,
      measured: spread(seen.post, 'MB/s'),
      versus: '`curl -o` of the same URL to the same disk, then fsync',
      compared: spread(seen.curl, 'MB/s'),
      goals: [{ name: 'ratio', value: median(seen.post) / median(seen.curl), atLeast: 0.9 }],
    },
    {
      what: 'peak memory of the gateway during it',
      measured: spread(seen.peakLarge, 'MiB'),
      versus: `itself at ${sizeOf(smallBytes)}`,
      compared: spread(seen.peakSmall, 'MiB'),
      goals: [
        { name: 'ratio', value: peak / median(seen.peakSmall), atMost: 1.15 },
        { name: 'RSS', value: peak, unit: 'MiB', atMost: 160 },
      ],
    },
  ]
}

/**
 * Milliseconds that a download and its fsync take.
 * @param {string} url
 * @param {string} file
 */
async function curl(url, file) {
  const started = performance.now()
  await run('curl', ['-sf', '-o', file, url])
  await run('sync', [file])
  const took = performance.now() - started
  rmSync(file)
  return took
}

/**
 * @param {number} bytes
 * @param {number} ms
 */
const perSecond = (bytes, ms) => bytes / 1000 / ms

/** @param {readonly number[]} values */
const last = (values) => Math.round(values.at(-1) ?? 0)
