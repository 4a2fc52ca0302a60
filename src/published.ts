import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `<data>/gateway.json` says of the gateway that serves this folder. */
export interface Published {
  readonly baseUrl: string
  readonly pid: number
  readonly version: string
}

/**
 * Writes `<dataDir>/gateway.json`, whole or not at all, for scripts that let the gateway choose its port.
 * @returns removes the file again, unless another gateway has written it meanwhile
 */
export async function publish(dataDir: string, facts: Published): Promise<() => Promise<void>> {
  const path = join(dataDir, 'gateway.json')
  const text = `${JSON.stringify(facts)}\n`
  const aside = `${path}.${process.pid}`
  await writeFile(aside, text, { mode: 0o600 })
  await rename(aside, path)
  return async () => {
    const now = await readFile(path, 'utf8').catch(() => undefined)
    if (now === text) await rm(path, { force: true })
  }
}
