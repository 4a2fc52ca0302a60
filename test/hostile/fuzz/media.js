// @ts-check
import { readFileSync } from 'node:fs'
import { probeVideo } from '../../../dist/media/probe.js'
import { must, refusing } from './expect.js'

/** @param {string} name */
export const fixture = (name) => readFileSync(new URL(`../../fixtures/media/${name}`, import.meta.url))

/**
 * Probes bytes as a video of this type, and counts what was asked of them.
 * @param {Buffer} bytes
 * @param {string} mime
 */
export async function probe(bytes, mime) {
  let reads = 0
  const source = {
    length: bytes.length,
    read: async (/** @type {number} */ start, /** @type {number} */ end) => {
      must(start >= 0 && start < end && end <= bytes.length, 'reads lie within the source')
      reads += 1
      return bytes.subarray(start, end)
    },
  }
  const facts = await refusing(['video_invalid'], () =>
    probeVideo(source, { mime, extension: 'x', measurable: true }),
  )
  // One window is 64 KiB: bytes of one window need few.
  must(reads <= 64, `few reads, not ${reads}`)
  for (const number of [facts?.width, facts?.height, facts?.durationSeconds])
    must(number === undefined || (number > 0 && Number.isFinite(number)), `a size or length is not ${number}`)
  for (const codec of [facts?.videoCodec, facts?.audioCodec])
    must(codec === undefined || /^[\x20-\x7e]{1,128}$/.test(codec), `a codec is not ${codec}`)
}
