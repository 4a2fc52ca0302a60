import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Config, readConfig, type Secrets } from '../config.ts'
import { version } from '../version.ts'
import { backupsIn, blobsFolderOf, exists, faultsOf, missingIn, partsOf, stampOf } from './backup-folder.ts'
import { BlobCarrier, syncPath } from './blob-files.ts'
import { blobsNamedIn, copyDatabase } from './database-copy.ts'
import { blobsNamedAt } from './shared-database.ts'

/**
 * Copies everything that a gateway needs to come back into `<folder>/hongyan-<UTC time>/`, while it serves or not. Prints
 * that path alone on standard output, so that a script can take it.
 * @throws {Error} when the copy cannot be made, or would not be sound; then nothing is left of it
 */
export async function backUp(folder: string, options: { withoutDatabase?: boolean }): Promise<void> {
  process.umask(0o077)
  const { config, secrets } = readConfig()
  const { databaseUrl } = secrets
  await refuseWhatCannotBe(config, databaseUrl, options.withoutDatabase ?? false)
  const target = join(resolve(folder), `hongyan-${stampOf(new Date())}`)
  const aside = `${target}.partial`
  await mkdir(aside, { recursive: true, mode: 0o700 })
  try {
    const facts = await fill(aside, resolve(folder), config, secrets)
    await rename(aside, target)
    await syncPath(resolve(folder))
    console.error(facts)
    console.log(target)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
}

async function refuseWhatCannotBe({ dataDir }: Config, databaseUrl: URL | undefined, without: boolean) {
  if (databaseUrl && !without)
    throw new Error(
      'The rows are in PostgreSQL: run pg_dump, and after it `hongyan backup --without-database`, which copies media and key. In this order the media of every row are in it.',
    )
  if (!databaseUrl && without)
    throw new Error('--without-database is for PostgreSQL, and HONGYAN_DATABASE_URL is not set.')
  if (!databaseUrl && !(await exists(partsOf(dataDir).database)))
    throw new Error(`There is no data in ${dataDir}; is HONGYAN_DATA_DIR right?`)
}

/**
 * Media first, then the rows, then the media that came meanwhile. A gateway stores bytes before their rows, and drops
 * rows before their bytes: media that are dropped while the backup runs are in it since the first pass, and those
 * that came since are there at the last, because nothing younger than a day is dropped.
 */
async function fill(
  aside: string,
  folder: string,
  config: Config,
  { databaseUrl, secretKey }: Secrets,
): Promise<string> {
  const live = partsOf(config.dataDir)
  const parts = partsOf(aside)
  const [former] = await backupsIn(folder)
  // The former backup is on the same disk for certain: what it has need not be copied again.
  const sources = [...(former ? [partsOf(former).blobs] : []), blobsFolderOf(config)]
  const carrier = new BlobCarrier(sources, parts.blobs)
  if (!databaseUrl) {
    await carrier.bring(blobsNamedIn(live.database))
    await copyDatabase(live.database, parts.database)
  }
  const named = databaseUrl ? await blobsNamedAt(databaseUrl) : blobsNamedIn(parts.database)
  const missing = await carrier.bring(named)
  await carrier.sync()
  if (await exists(live.key)) await copyFile(live.key, parts.key)
  const notes = { version, missing: missing.map(({ key }) => key) }
  await writeFile(parts.notes, `${JSON.stringify(notes)}\n`)
  for (const path of [parts.notes, ...((await exists(parts.key)) ? [parts.key] : []), aside])
    await syncPath(path)

  const keyGiven = secretKey !== undefined
  const faults = databaseUrl ? await missingIn(aside, named) : await faultsOf(aside, { keyGiven })
  if (faults.length > 0) throw new Error(`No backup was made:\n  ${faults.join('\n  ')}`)
  return [
    ...(missing.length > 0
      ? [
          `Warning: of ${missing.length} blobs the gateway has rows and no files; these media are lost already.`,
        ]
      : []),
    ...(keyGiven ? ['The key is in HONGYAN_SECRET_KEY and not in the backup: keep it yourself.'] : []),
    `Backed up ${await amount(parts.database)}${described(carrier)}.`,
  ].join('\n')
}

async function amount(database: string): Promise<string> {
  return (await exists(database)) ? `a database of ${inMib((await stat(database)).size)} and ` : ''
}

export function described({ facts }: BlobCarrier): string {
  const { files, bytes, copied } = facts
  return `${files} blobs of ${inMib(bytes)} (${copied} copied, ${files - copied} linked)`
}

const inMib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
