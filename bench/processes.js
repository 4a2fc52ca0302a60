// @ts-check
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
 * In a child: does what the parent asks for by name, one thing at a time, and ends with the parent. What fails ends the
 * child.
 * @param {Record<string, (...parameters: any[]) => unknown>} skills
 */
export function obeyParent(skills) {
  process.on('disconnect', () => process.exit())
  process.on('message', async (/** @type {Order} */ { name, parameters }) => {
    const skill = skills[name]
    if (!skill) throw new Error(`${name} is nothing this process does`)
    process.send?.({ result: await skill(...parameters) })
  })
  process.send?.({ result: 'ready' })
}

/** @typedef {{ name: string, parameters: unknown[] }} Order */

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */

/**
 * Starts one of this folder's programs that obey; its temporary files are below `folder` until it is stopped.
 * @param {string} module
 * @param {string[]} args
 * @param {string} folder
 */
export async function startWorker(module, args, folder) {
  const files = mkdtempSync(join(folder, 'worker-'))
  const child = forkHere(module, args, { ...process.env, TMPDIR: files })
  await firstMessage(child, module)
  return {
    pid: Number(child.pid),
    /**
     * @param {string} name
     * @param {unknown[]} parameters
     */
    async ask(name, ...parameters) {
      const answered = firstMessage(child, module)
      child.send({ name, parameters })
      return (await answered).result
    },
    async stop() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
      rmSync(files, { recursive: true, force: true })
    },
  }
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
 * @param {NodeJS.ProcessEnv} [env]
 */
function forkHere(module, args, env = process.env) {
  return fork(fileURLToPath(new URL(module, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  })
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} name
 * @returns {Promise<any>}
 */
async function firstMessage(child, name) {
  const over = new AbortController()
  const { signal } = over
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${name} ended with ${code}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    over.abort()
  }
}
