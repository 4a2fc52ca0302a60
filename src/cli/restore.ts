import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Config, readConfig, type Secrets } from '../config.ts'
import { lockDataDir } from '../data-lock.ts'
import { described } from './backup.ts'
import { blobsFolderOf, exists, faultsOf, missingIn, partsOf, stampOf } from './backup-folder.ts'
import { BlobCarrier, syncPath } from './blob-files.ts'
import { blobsNamedIn, copyDatabase } from './database-copy.ts'
import { blobsNamedAt } from './shared-database.ts'

interface RestoreOptions {
  readonly dataDir?: string
  readonly force?: boolean
}

/** What may be in a data folder that counts as empty: its lock, which is ours, and what an earlier restore moved aside. */
const NOT_DATA = /^(gateway\.lock(-journal)?|lost\+found|before-\d{8}T\d{6}\.\d{3}Z)$/

/**
 * Puts a backup, or a copy of a data folder, where a gateway finds it. Everything happens within the data folder and under
 * its lock, since it may be a mount that cannot be renamed; the database comes last.
 * @throws {Error} when the backup is not whole, a gateway serves the folder, or it is not empty; nothing has changed then
 */
export async function restore(backup: string, { dataDir, force = false }: RestoreOptions): Promise<void> {
  process.umask(0o077)
  const { config, secrets } = readConfig({ ...process.env, ...(dataDir && { HONGYAN_DATA_DIR: dataDir }) })
  const from = resolve(backup)
  if (!(await exists(from))) throw new Error(`There is no backup at ${from}.`)
  await refuseUnsound(from, secrets)

  const unlock = lockDataDir(config.dataDir)
  try {
    const old = (await readdir(config.dataDir)).filter((name) => !NOT_DATA.test(name))
    if (old.length > 0 && !force)
      throw new Error(
        `${config.dataDir} is not empty (${old.slice(0, 3).join(', ')}…); name another folder by --data-dir, or let --force move what is there aside.`,
      )
    const facts = await putBack(from, config, secrets, old)
    console.error(facts)
    console.log(config.dataDir)
  } finally {
    unlock()
  }
}

async function refuseUnsound(from: string, { databaseUrl, secretKey }: Secrets): Promise<void> {
  const faults = databaseUrl
    ? await sharedFaults(from, databaseUrl)
    : await faultsOf(from, { keyGiven: secretKey !== undefined })
  if (faults.length > 0)
    throw new Error(`${from} cannot be restored, and nothing was changed:\n  ${faults.join('\n  ')}`)
}

/** The dump is a little older than the media: what was dropped between them is told, and is no reason to stop. */
async function sharedFaults(from: string, databaseUrl: URL): Promise<string[]> {
  if (await exists(partsOf(from).database))
    return ['it holds the embedded database, and HONGYAN_DATABASE_URL names PostgreSQL']
  const missing = await missingIn(from, await blobsNamedAt(databaseUrl))
  for (const line of missing) console.error(`Warning: ${line}`)
  return []
}

async function putBack(
  from: string,
  config: Config,
  { databaseUrl, secretKey }: Secrets,
  old: readonly string[],
): Promise<string> {
  const { dataDir } = config
  const aside = await mkdtemp(join(dataDir, 'restoring-'))
  try {
    const [source, fresh, final] = [partsOf(from), partsOf(aside), partsOf(dataDir)]
    const blobs = databaseUrl ? await blobsNamedAt(databaseUrl) : blobsNamedIn(source.database)
    const carrier = new BlobCarrier([source.blobs], config.blobsUrl ? blobsFolderOf(config) : fresh.blobs)
    await carrier.bring(blobs)
    await carrier.sync()
    if (await exists(source.key)) await copyFile(source.key, fresh.key)
    if (!databaseUrl) await copyDatabase(source.database, fresh.database)
    for (const path of [fresh.key, fresh.database]) if (await exists(path)) await syncPath(path)

    const before = join(dataDir, `before-${stampOf(new Date())}`)
    if (old.length > 0) await mkdir(before, { mode: 0o700 })
    for (const name of old) await rename(join(dataDir, name), join(before, name))
    for (const part of ['blobs', 'key', 'database'] as const)
      if (await exists(fresh[part])) await rename(fresh[part], final[part])
    await syncPath(dataDir)
    return [
      ...(old.length > 0 ? [`What was there is in ${before}; remove it when you no longer need it.`] : []),
      ...(secretKey ? ['The key is the one in HONGYAN_SECRET_KEY.'] : []),
      `Restored ${described(carrier)}. Start the gateway, and be sure that the one the backup is of no longer runs.`,
    ].join('\n')
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
