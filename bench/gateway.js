// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from './client.js'
import { memoryOf } from './memory.js'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const TOKEN = 'bench-token-0123456789abcdef0123'

/**
 * A gateway as callers start it, with two devices of its own network logged in.
 * @param {string} folder
 */
export async function startGateway(folder) {
  const serving = await startServing(folder, {
    HONGYAN_DEFAULT_CHANNEL: 'local',
    // How fast it is, not how it shares itself among tokens.
    HONGYAN_TOKEN_REQUEST_RATE: '0',
  })
  const sender = await logIn(serving.client)
  const friend = await logIn(serving.client)
  return {
    ...serving,
    /** Whom a message goes from and to. */
    to: { appId: sender.appId, toWxid: friend.wxid },
    friend,
  }
}

/**
 * The real process on an empty data folder below `folder`, at its default log level.
 * @param {string} folder
 * @param {Record<string, string>} settings
 */
export async function startServing(folder, settings) {
  mkdirSync(folder, { recursive: true })
  const dataDir = mkdtempSync(join(folder, 'gateway-'))
  const log = openSync(join(dataDir, 'log'), 'w')
  const child = spawn(process.execPath, ['--v8-pool-size=1', cli, 'serve'], {
    stdio: ['ignore', log, 'inherit'],
    env: {
      ...withoutSettings(process.env),
      HONGYAN_DATA_DIR: dataDir,
      HONGYAN_PORT: '0',
      HONGYAN_TOKEN: TOKEN,
      HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
      ...settings,
    },
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error('the gateway did not start')
  const endWithUs = () => child.kill('SIGKILL')
  process.prependOnceListener('exit', endWithUs)
  const client = new Client(await baseUrlOf(dataDir, child), TOKEN)

  return {
    client,
    token: TOKEN,
    pid,
    dataDir,
    baseUrl: client.baseUrl,
    ...memoryOf(pid),
    async stop() {
      client.close()
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      process.off('exit', endWithUs)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** @param {NodeJS.ProcessEnv} env */
function withoutSettings(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HONGYAN_')))
}

/**
 * Waits until the gateway says where it serves.
 * @param {string} dataDir
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>}
 */
async function baseUrlOf(dataDir, child) {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      return JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8')).baseUrl
    } catch {
      await pause(20)
    }
  }
  throw new Error(`the gateway ended with ${child.exitCode ?? child.signalCode}`)
}

/** @param {Client} client */
export async function logIn(client) {
  const { appId, uuid } = await client.post('/login/getLoginQrCode', { appId: '' })
  const { loginInfo } = await client.post('/login/checkLogin', { appId, uuid, captchCode: '' })
  return { appId, wxid: loginInfo.wxid }
}
