import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDiskBlobs } from './blobs/disk.ts'
import type { Config, Secrets } from './config.ts'
import { formerHolder, rememberHolder } from './data-holder.ts'
import { lockDataDir } from './data-lock.ts'
import { joinNodes, leaveNodes } from './database/node.ts'
import { openDatabase } from './database/open.ts'
import { Ids } from './ids.ts'
import { releaseHeld } from './jobs/queries.ts'
import type { Log } from './log.ts'
import { startDigests } from './media/digests.ts'
import { latestMessageId } from './messages/queries.ts'
import { createOutbound } from './outbound/outbound.ts'
import { secretKeyOf } from './secret-key.ts'
import { version } from './version.ts'

/** How to take down what was built, in the order of building. */
export type Closers = (() => Promise<unknown>)[]

/**
 * What everything else stands on: the data folder, the store, this process's place among its like, the way out.
 * @throws {Error} when another gateway has the folder, or a part of it does not open
 */
export async function layGround(config: Config, secrets: Secrets, log: Log, closers: Closers) {
  const { dataDir, blobsUrl } = config
  const unlock = lockDataDir(dataDir)
  closers.push(async () => unlock())
  const secretKey = await secretKeyOf(secrets.secretKey, dataDir)
  const database = await openDatabase(secrets.databaseUrl, join(dataDir, 'hongyan.db'))
  closers.push(() => database.close())
  const blobs = await openDiskBlobs(blobsUrl ? fileURLToPath(blobsUrl) : join(dataDir, 'blobs'))

  const former = await formerHolder(dataDir)
  if (former) await Promise.all([leaveNodes(database, former), releaseHeld(database, former)])
  const node = await joinNodes(database, (error) =>
    log.error({ err: error }, 'the node lease was not renewed'),
  )
  await rememberHolder(dataDir, node.holder)
  closers.push(() => node.release())
  const ids = new Ids(node.number, await latestMessageId(database))

  const digests = startDigests()
  closers.push(() => digests.close())
  const outbound = createOutbound(config, { userAgent: `Hongyan/${version}` })
  closers.push(() => outbound.close())
  return { secretKey, store: { database, blobs }, node, ids, digests, outbound }
}
