// @ts-check
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * In a child: listens on a free port of loopback, tells the parent which, and ends with the parent.
 * @param {import('node:http').Server} server
 */
export function serveToParent(server) {
  process.on('disconnect', () => process.exit())
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' ? address?.port : undefined)
  })
}

/**
 * Starts one of this folder's servers.
 * @param {string} module
 */
export async function startServer(module) {
  const child = forkHere(module, [])
  const port = await firstMessage(child, module)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

/**
 * @typedef {object} Load
 * @property {string} url
 * @property {string} token
 * @property {Record<string, unknown>} body
 * @property {number} connections
 * @property {number} seconds
 */

/**
 * Runs load.js to its end.
 * @param {Load} load
 * @returns {Promise<{ perSecond: number, p99: number }>}
 */
export async function runLoad(load) {
  const child = forkHere('load.js', [JSON.stringify(load)])
  const gone = once(child, 'exit')
  const { perSecond, p99, failed } = await firstMessage(child, 'load.js')
  await gone
  if (failed > 0) throw new Error(`${failed} requests to ${load.url} failed`)
  return { perSecond, p99 }
}

/**
 * @param {string} module
 * @param {string[]} args
 */
function forkHere(module, args) {
  return fork(fileURLToPath(new URL(module, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} name
 * @returns {Promise<any>}
 */
function firstMessage(child, name) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
}
