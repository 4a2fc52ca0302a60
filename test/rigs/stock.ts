import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestGateway } from './gateway.ts'

/** How many files are below the folder of blobs: those with a key, and those that are on their way. */
export async function stockOf({ dataDir }: TestGateway): Promise<{ kept: number; staged: number }> {
  const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const staged = files.filter(({ parentPath }) => parentPath.includes('staging'))
  return { kept: files.length - staged.length, staged: staged.length }
}
