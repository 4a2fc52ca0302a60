// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A folder of this run's own in `.tmp/` beside a program, which goes with the process.
 * @param {string} program `import.meta.url`
 */
export function makeRunFolder(program) {
  const parent = fileURLToPath(new URL('.tmp/', program))
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, `run-${process.pid}-`))
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => process.exit(130))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
