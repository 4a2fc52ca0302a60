import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const pathOf = (dataDir: string) => join(dataDir, 'holder')

/**
 * Who served this folder before. It is dead, since the folder's lock is ours: what it held in a shared database need not
 * wait for its lease to run out.
 */
export async function formerHolder(dataDir: string): Promise<string | undefined> {
  const text = await readFile(pathOf(dataDir), 'utf8').catch(() => '')
  return text.trim() || undefined
}

export async function rememberHolder(dataDir: string, holder: string): Promise<void> {
  await writeFile(pathOf(dataDir), `${holder}\n`, { mode: 0o600 })
}
