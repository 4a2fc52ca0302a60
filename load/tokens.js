// @ts-check
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/**
 * One more token, made as an operator makes it while the gateway serves.
 * @param {string} dataDir
 * @param {string} name
 */
export async function makeToken(dataDir, name) {
  const env = { ...process.env, HONGYAN_DATA_DIR: dataDir }
  const { stdout } = await run(process.execPath, [cli, 'token', 'create', name], { env })
  return stdout.trim()
}
