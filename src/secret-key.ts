import { createHmac, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from './errors.ts'

/**
 * The key that links, callbacks and stored credentials derive theirs from: `given`, or the 32 bytes in
 * `<dataDir>/secret.key`, made at the first start with mode 600.
 * @throws {Error} when the file holds something else
 */
export async function secretKeyOf(given: Buffer | undefined, dataDir: string): Promise<Buffer> {
  if (given) return given
  const path = join(dataDir, 'secret.key')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const key = (await read(path)) ?? (await make(path))
  if (key.length !== 32) throw new Error(`${path} does not hold 64 hex digits; restore it from a backup`)
  return key
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    // Buffer.from would take the hex at the start and forget the rest.
    return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.alloc(0)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Written aside and linked into place, so that a crash or a second process never leaves half a key or two. */
async function make(path: string): Promise<Buffer> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`)
    await file.sync()
    await link(aside, path).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error
    })
  } finally {
    await file.close()
    await rm(aside, { force: true })
  }
  return (await read(path)) ?? Buffer.alloc(0)
}

/** A key of its own for one purpose, so that none can stand in for another. */
export function deriveKey(secretKey: Buffer, purpose: string): Buffer {
  return createHmac('sha256', secretKey).update(purpose).digest()
}
