// @ts-check
import { Agent } from 'node:http'
import { obeyParent } from '../bench/processes.js'
import { seeded } from '../bench/seeded.js'
import { ask } from './ask.js'
import { arrivals, openLoop } from './schedule.js'
import { summary } from './statistics.js'

/*
 * A caller in a process of its own that sends one and the same request at a set rate, whatever comes back.
 */
const agent = new Agent({ keepAlive: true })

obeyParent({
  /**
   * @param {{ url: string, headers: Record<string, string>, body: string }} request
   * @param {{ rate: number, seconds: number, seed: number }} load
   */
  async send({ url, headers, body }, { rate, seconds, seed }) {
    const payload = [Buffer.from(body)]
    /** @type {number[]} */
    const took = []
    /** @type {Record<string, number>} */
    const codes = {}
    await openLoop(arrivals(rate, seconds, seeded(seed)), async (intended) => {
      const { code } = await ask(agent, { url, headers, payload })
      took.push(performance.now() - intended)
      codes[code] = (codes[code] ?? 0) + 1
    })
    return { ...summary(took), codes }
  },
})
