// @ts-check
import { join } from 'node:path'
import { median, short, spread } from '../figures.js'
import { startWorker } from '../processes.js'
import { compileRigs } from '../rigs.js'
import { sizeOf } from '../scale.js'
import { startOfficial, startOurs } from '../senders.js'
import { videoAt } from '../videos.js'

/**
 * A video nobody has sent before, from its URL to a phone, by the gateway and by Tencent's own client. Every send has a
 * process of its own, which has sent one small video; that one the phone decrypts and compares, for both.
 * @param {import('../scale.js').Bench} bench
 * @returns {Promise<import('../figures.js').Row[]>}
 */
export async function phone(bench) {
  const { scale, folder, say } = bench
  const rigs = compileRigs(join(folder, 'rigs'))
  const wechat = await startWorker('wechat.js', [rigs], folder)
  const world = { folder, rigs, wechat }
  const rows = []
  try {
    for (const bytes of [scale.smallBytes, scale.mediumBytes, scale.largeBytes]) {
      /** @type {Send[]} */
      const ours = []
      /** @type {Send[]} */
      const theirs = []
      for (let round = 0; round < scale.phoneRounds; round += 1) {
        const one = await sendOne(bench, wechat, await startOurs(world), bytes)
        const other = await sendOne(bench, wechat, await startOfficial(world), bytes)
        ours.push(one)
        theirs.push(other)
        say(`round ${round + 1}, ${sizeOf(bytes)}: gateway ${brief(one)}; official ${brief(other)}`)
      }
      rows.push(rowOf(scale, bytes, ours, theirs))
    }
  } finally {
    await wechat.stop()
  }
  return rows
}

/** @typedef {{ rate: number, peak: number }} Send MB/s and MiB */

/**
 * @param {import('../scale.js').Bench} bench
 * @param {import('../processes.js').Worker} wechat
 * @param {import('../senders.js').Sender} sender
 * @param {number} bytes
 * @returns {Promise<Send>}
 */
async function sendOne({ scale, origin }, wechat, sender, bytes) {
  try {
    await wechat.ask('verify', true)
    await sender.send(videoAt(origin, scale.burstBytes))
    await wechat.ask('verify', false)
    const video = videoAt(origin, bytes)
    sender.resetPeak()
    const started = performance.now()
    await sender.send(video)
    const took = performance.now() - started
    const peak = sender.peak()
    const { kind, length, violations } = await wechat.ask('seen', sender.userId)
    if (kind !== 'video' || length !== bytes || violations.length > 0) {
      throw new Error(`the phone shows ${kind} of ${length} bytes; ${violations.join('; ')}`)
    }
    return { rate: bytes / 1000 / took, peak }
  } finally {
    await sender.stop()
  }
}

/**
 * @param {import('../scale.js').Scale} scale
 * @param {number} bytes
 * @param {Send[]} ours
 * @param {Send[]} theirs
 * @returns {import('../figures.js').Row}
 */
function rowOf({ mediumBytes, largeBytes }, bytes, ours, theirs) {
  const ratio = rate(ours) / rate(theirs)
  const peak = median(ours.map((send) => send.peak))
  return {
    what: `\`postVideo\` of a ${sizeOf(bytes)} video to a phone over iLink`,
    measured: inWords(ours),
    versus: 'Tencent’s own client with the same URL, without a thumbnail',
    compared: inWords(theirs),
    goals: [
      { name: 'ratio', value: ratio, atLeast: bytes === mediumBytes ? 8 : 1 },
      ...(bytes === largeBytes ? [{ name: 'RSS', value: peak, unit: 'MiB', atMost: 160 }] : []),
    ],
  }
}

/** @param {Send} send */
const brief = ({ rate, peak }) => `${short(rate)} MB/s, peak ${short(Math.round(peak))} MiB`

/** @param {Send[]} sends */
const rate = (sends) => median(sends.map((send) => send.rate))

/** @param {Send[]} sends */
const inWords = (sends) =>
  `${spread(
    sends.map((send) => send.rate),
    'MB/s',
  )}, peak RSS ${short(Math.round(median(sends.map((send) => send.peak))))} MiB`
