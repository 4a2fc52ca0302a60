// @ts-check
import { obeyParent } from './processes.js'

/* Tencent's own client in a process of its own, with the account that the parent names. */
const [rigs = '', url = '', cdnUrl = '', token = ''] = process.argv.slice(2)
/** @type {typeof import('../test/rigs/official-client.ts')} */
const { officialClient } = await import(new URL('official-client.js', rigs).href)
const client = await officialClient(url, token, cdnUrl)

obeyParent({
  /** Waits for a word of the phone. */
  async hear() {
    while ((await client.receive()).length === 0);
  },
  send: (/** @type {string} */ userId, /** @type {string} */ videoUrl) => client.sendUrl(userId, videoUrl),
})
