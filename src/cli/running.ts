import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'

/**
 * Where the gateway of this data folder serves.
 * @throws {Error} when none does
 */
export async function runningUrl(dataDir: string): Promise<string> {
  const path = join(dataDir, 'gateway.json')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
  })
  const published = text === undefined ? undefined : readPublished(text)
  if (published === null) throw new Error(`${path} does not say where the gateway serves; start it again`)
  // One that crashed leaves the file; whoever has its port by now is not to be given a pass.
  if (published && isAlive(published.pid)) return published.baseUrl
  throw new Error(
    `The gateway is not running (${published ? `its process ${published.pid} is gone` : `there is no ${path}`}). Start it with \`npm start\` or \`hongyan serve\`; is HONGYAN_DATA_DIR right?`,
  )
}

function readPublished(text: string): { readonly baseUrl: string; readonly pid: number } | null {
  try {
    const { baseUrl, pid } = JSON.parse(text)
    const usable = typeof baseUrl === 'string' && URL.canParse(baseUrl) && Number.isInteger(pid) && pid > 0
    return usable ? { baseUrl, pid } : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
