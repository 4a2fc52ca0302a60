import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { openDiskBlobs } from './blobs/disk.ts'
import { createCallbacks } from './callbacks/callbacks.ts'
import { createDelivery } from './callbacks/deliver.ts'
import { oldestOwedAt } from './callbacks/queries.ts'
import { DELIVERY } from './callbacks/record.ts'
import { callbackRoutes } from './callbacks/routes.ts'
import { callbackSecret } from './callbacks/signature.ts'
import type { Channel } from './channels/channel.ts'
import { createIlink } from './channels/ilink/ilink.ts'
import { localChannel } from './channels/local/local.ts'
import { type Config, isLoopback, type Secrets } from './config.ts'
import { formerHolder, rememberHolder } from './data-holder.ts'
import { lockDataDir } from './data-lock.ts'
import { type Database, isFault } from './database/database.ts'
import { joinNodes, leaveNodes } from './database/node.ts'
import { openDatabase } from './database/open.ts'
import { createContacts } from './devices/contacts.ts'
import { createLogin } from './devices/login.ts'
import { deviceRoutes } from './devices/routes.ts'
import { countSessions } from './devices/session-queries.ts'
import { buildRemote } from './gateway-remote.ts'
import { serveDocs } from './http/docs.ts'
import { serveHealth } from './http/health.ts'
import { Idempotency } from './http/idempotency.ts'
import type { Call, Mountable } from './http/route.ts'
import { createPlainServer, createServer } from './http/server.ts'
import { Ids } from './ids.ts'
import { enqueue } from './jobs/enqueue.ts'
import { createJobs } from './jobs/jobs.ts'
import { releaseAll, releaseHeld } from './jobs/queries.ts'
import { listen, urlOf } from './listen.ts'
import type { Log } from './log.ts'
import { startDigests } from './media/digests.ts'
import { serveDownloads } from './media/download-routes.ts'
import { createIngest } from './media/ingest.ts'
import { createFileIngest } from './media/ingest-file.ts'
import { Links } from './media/links.ts'
import type { BlobFacts } from './media/media.ts'
import { createRemoteMedia } from './media/remote.ts'
import { createSweep, SWEEP, sweepJob, sweepOrphans } from './media/sweep.ts'
import { References } from './messages/forward.ts'
import { tellHeld } from './messages/held.ts'
import { latestMessageId } from './messages/queries.ts'
import { messageRoutes } from './messages/routes.ts'
import { createMetrics } from './metrics.ts'
import { createOutbound } from './outbound/outbound.ts'
import { publish } from './published.ts'
import { secretKeyOf } from './secret-key.ts'
import { tokenRoutes } from './tokens/routes.ts'
import { firstToken, Tokens } from './tokens/tokens.ts'
import { Vault } from './vault.ts'
import { version } from './version.ts'

/** A gateway that serves. */
export interface Gateway extends AsyncDisposable {
  /** How it is reached from this machine. */
  readonly baseUrl: string
  readonly downloadUrl: string | undefined
  /** The token that this start made, to be shown once; undefined on every later start. */
  readonly newToken: string | undefined
}

/**
 * Builds the rooms from the bottom up and serves; disposing takes them down in the opposite order, after the requests
 * in flight have ended or the set time has run out.
 * @throws {Error} when a port is taken, the database does not open, or the data folder cannot be written
 */
export async function startGateway(config: Config, secrets: Secrets, log: Log): Promise<Gateway> {
  const closers: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) {
      await close().catch((error: unknown) => log.error({ err: error }, 'a part did not close'))
    }
  }
  try {
    return { ...(await build(config, secrets, log, closers)), [Symbol.asyncDispose]: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function build(config: Config, secrets: Secrets, log: Log, closers: (() => Promise<unknown>)[]) {
  const unlock = lockDataDir(config.dataDir)
  closers.push(async () => unlock())
  const secretKey = await secretKeyOf(secrets.secretKey, config.dataDir)
  const database = await openDatabase(secrets.databaseUrl, join(config.dataDir, 'hongyan.db'))
  closers.push(() => database.close())
  const blobs = await openDiskBlobs(
    config.blobsUrl ? fileURLToPath(config.blobsUrl) : join(config.dataDir, 'blobs'),
  )
  const store = { database, blobs }
  const former = await formerHolder(config.dataDir)
  if (former) await Promise.all([leaveNodes(database, former), releaseHeld(database, former)])
  const node = await joinNodes(database, (error) =>
    log.error({ err: error }, 'the node lease was not renewed'),
  )
  await rememberHolder(config.dataDir, node.holder)
  closers.push(() => node.release())
  const ids = new Ids(node.number, await latestMessageId(database))

  const digests = startDigests()
  closers.push(() => digests.close())
  const outbound = createOutbound(config, { userAgent: `Hongyan/${version}` })
  closers.push(() => outbound.close())
  const metrics = createMetrics({
    oldestOwedSeconds: () => oldestOwedSeconds(database),
    sessions: () => countSessions(database),
  })
  const ilink = createIlink(config, { outbound, log })
  const channels = new Map<string, Channel>([localChannel, ilink].map((channel) => [channel.name, channel]))
  const tokens = new Tokens(database)
  const idempotency = new Idempotency(database, node.holder)
  await idempotency.sweep(await node.alive())

  const remoteMedia = createRemoteMedia({
    ...store,
    digests,
    config,
    log,
    open: (_appId, locator, options) => ilink.open(locator, options),
  })
  const references = new References(database, remoteMedia)
  const jobs = createJobs({
    database,
    holder: node.holder,
    log,
    drainMs: Math.min(10_000, config.shutdownTimeoutMs),
    handlers: {
      [DELIVERY]: createDelivery({
        database,
        outbound,
        secretKey,
        timeoutMs: config.callbackTimeoutMs,
        log,
        observe: (result) => metrics.callbacks.inc({ result }),
      }),
      [SWEEP]: createSweep({
        store,
        retentionDays: config.mediaRetentionDays,
        log,
        onDropped: () => references.forget(),
        also: () => idempotency.expire(),
      }),
    },
  })
  closers.push(() => jobs.close())

  const telling = { database, ids, callbackForm: config.callbackForm, wake: () => jobs.wake() }
  const onHeld = (appId?: string) => {
    tellHeld(telling, appId).catch((error: unknown) =>
      log.error({ err: error, appId }, 'waiting messages were not told'),
    )
  }
  const remote = buildRemote({
    config,
    store,
    vault: new Vault(secretKey),
    node,
    channels,
    telling,
    metrics,
    log,
  })
  closers.push(() => remote.close())
  const sending = { ...telling, channels, log, onHeld, ...remote.sending }
  const ingest = createIngest({ ...store, outbound, digests, config, log, metrics })
  const links = new Links(secretKey)
  const callbacks = createCallbacks({ database, outbound, timeoutMs: config.callbackTimeoutMs })
  const ingestFile = createFileIngest({ ...store, outbound, digests, config, log })
  const login = createLogin({ ...sending, ...remote.presence, remote: remote.logins })

  const first = secrets.token ?? firstToken(secretKey)
  const routes: Mountable[] = [
    ...tokenRoutes({ tokens, open: config.openTokens ? first : undefined }),
    ...callbackRoutes({ callbacks, secretOf: (tokenId) => callbackSecret(secretKey, tokenId) }),
    ...deviceRoutes({
      login,
      contacts: createContacts({ database, channels }),
      defaultChannel: config.defaultChannel,
    }),
    ...messageRoutes({
      send: sending,
      ingest,
      ingestFile,
      references,
      idempotency,
      metrics,
      linkTo: linkMaker(links, config),
    }),
  ]

  const createApp = () => createServer({ findCaller: (token) => tokens.find(token), log })
  const app = createApp()
  for (const route of routes) route.mount(app)
  serveDocs(app, { version, routes, createApp })
  serveDownloads(app, { store, links })
  serveHealth(app, {
    registry: metrics.registry,
    checks: { database: () => database.ping(), blobs: () => blobs.ping() },
    version,
    notes: async () => ({ sessions: await countSessions(database) }),
  })

  if (database.engine === 'sqlite') {
    // One gateway serves a file: what a former one had claimed or left half done is nobody's.
    await releaseAll(database)
    await sweepOrphans(store, Date.now())
  }
  await database.atomically([enqueue(database, sweepJob(Date.now()))]).catch((error: unknown) => {
    if (!isFault(error, 'unique')) throw error
  })
  const servers: (() => Promise<void>)[] = []
  // Side by side: neither takes new connections while the other ends its last requests.
  closers.push(() => Promise.all(servers.map((close) => close())))
  const port = await serve(app, config.port, 'HONGYAN_PORT')
  const downloads = config.downloadPort === null ? undefined : downloadServer({ store, links }, log)
  const downloadPort =
    downloads && (await serve(downloads, config.downloadPort ?? 0, 'HONGYAN_DOWNLOAD_PORT'))
  // Only a start that succeeds can show the token that it made.
  const made = await tokens.ensure(first, 'first')
  jobs.start()
  remote.start()
  onHeld()
  const baseUrl = urlOf(config.host, port)
  if (!isLoopback(config.host) && !config.publicUrl) {
    log.warn('HONGYAN_PUBLIC_URL is not set: download links name the host that each request was sent to')
  }
  closers.push(await publish(config.dataDir, { baseUrl, pid: process.pid, version }))
  return {
    baseUrl,
    downloadUrl: downloadPort === undefined ? undefined : urlOf(config.host, downloadPort),
    newToken: made === 'made' && !secrets.token ? first : undefined,
  }

  async function serve(server: FastifyInstance, wanted: number, setting: string): Promise<number> {
    const limit = { ms: config.shutdownTimeoutMs, onReached: () => outbound.close() }
    const { port, close } = await listen(server, { host: config.host, port: wanted, setting }, limit)
    servers.push(close)
    return port
  }
}

/** What clients of the free image look for beside the API: `/download` and nothing else (contract 1.1). */
function downloadServer(parts: Parameters<typeof serveDownloads>[1], log: Log): FastifyInstance {
  const app = createPlainServer(log)
  serveDownloads(app, parts)
  return app
}

/** Clients under `/v2/api` join a path to a base of their own, all others want a whole URL (contract 2.5). */
function linkMaker(links: Links, { publicUrl }: Config) {
  return ({ caller, prefix, request }: Call, { key, extension }: BlobFacts): string => {
    const path = links.make({ tokenId: caller.tokenId, blobKey: key }, extension)
    if (prefix === '/v2/api') return path
    const base = publicUrl?.href.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`
    return `${base}${path}`
  }
}

async function oldestOwedSeconds(database: Database): Promise<number> {
  const at = await oldestOwedAt(database)
  return at === undefined ? 0 : Math.max(0, (Date.now() - at) / 1000)
}
