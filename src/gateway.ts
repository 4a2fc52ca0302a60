import { createCallbacks } from './callbacks/callbacks.ts'
import { createDelivery } from './callbacks/deliver.ts'
import { oldestOwedAt } from './callbacks/queries.ts'
import { DELIVERY } from './callbacks/record.ts'
import { callbackRoutes } from './callbacks/routes.ts'
import { callbackSecret } from './callbacks/signature.ts'
import type { Channel } from './channels/channel.ts'
import { createIlink } from './channels/ilink/ilink.ts'
import { localChannel } from './channels/local/local.ts'
import type { Config, Secrets } from './config.ts'
import { type Database, isFault } from './database/database.ts'
import { createContacts } from './devices/contacts.ts'
import { createLogin } from './devices/login.ts'
import { deviceRoutes } from './devices/routes.ts'
import { countSessions } from './devices/session-queries.ts'
import { Feed } from './feed.ts'
import { linkMaker, openDoors } from './gateway-doors.ts'
import { type Closers, layGround } from './gateway-ground.ts'
import { inviteGuests } from './gateway-guest.ts'
import { buildRemote } from './gateway-remote.ts'
import { type FindCaller, identifyBy } from './http/auth.ts'
import { serveDocs } from './http/docs.ts'
import { serveGuest } from './http/guest.ts'
import { serveHealth } from './http/health.ts'
import { Idempotency } from './http/idempotency.ts'
import { serveLive } from './http/live.ts'
import type { Mountable } from './http/route.ts'
import { createServer } from './http/server.ts'
import { enqueue } from './jobs/enqueue.ts'
import { createJobs } from './jobs/jobs.ts'
import { releaseAll } from './jobs/queries.ts'
import type { Log } from './log.ts'
import { serveDownloads } from './media/download-routes.ts'
import { createIngest } from './media/ingest.ts'
import { createFileIngest } from './media/ingest-file.ts'
import { Intakes } from './media/intakes.ts'
import { Links } from './media/links.ts'
import { createRemoteMedia } from './media/remote.ts'
import { createSweep, SWEEP, sweepJob, sweepOrphans } from './media/sweep.ts'
import { Turns } from './media/turns.ts'
import { References } from './messages/forward.ts'
import { tellHeld } from './messages/held.ts'
import { messageRoutes } from './messages/routes.ts'
import { Sends } from './messages/sends.ts'
import { uploadRoutes } from './messages/upload-routes.ts'
import { watchOthers } from './messages/watch.ts'
import { createMetrics } from './metrics.ts'
import { makePass, readPass } from './pass.ts'
import { publish } from './published.ts'
import { type Admit, createRequestPace } from './request-pace.ts'
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
  /**
   * A link to a page of the console, such as `/devices`, that signs in for ten minutes with the first token.
   * @returns undefined where there is no console, or that token was revoked
   */
  consoleLink(page: string): Promise<string | undefined>
}

/**
 * Builds the rooms from the bottom up and serves; disposing takes them down in the opposite order, after the requests
 * in flight have ended or the set time has run out.
 * @throws {Error} when a port is taken, the database does not open, or the data folder cannot be written
 */
export async function startGateway(config: Config, secrets: Secrets, log: Log): Promise<Gateway> {
  const closers: Closers = []
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

async function build(config: Config, secrets: Secrets, log: Log, closers: Closers) {
  const ground = await layGround(config, secrets, log, closers)
  const { secretKey, store, node, ids, digests, outbound } = ground
  const { database, blobs } = store
  const metrics = createMetrics({
    oldestOwedSeconds: () => oldestOwedSeconds(database),
    sessions: () => countSessions(database),
  })
  const ilink = createIlink(config, { outbound, log })
  const channels = new Map<string, Channel>([localChannel, ilink].map((channel) => [channel.name, channel]))
  const tokens = new Tokens(database)
  const findCaller: FindCaller = (token) => {
    const tokenId = readPass(secretKey, token)
    return tokenId === undefined ? tokens.find(token) : tokens.byId(tokenId)
  }
  const feed = new Feed()
  if (database.engine === 'postgres') closers.push(watchOthers({ database, feed, log }))
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

  const telling = { database, ids, callbackForm: config.callbackForm, wake: () => jobs.wake(), feed }
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
  const links = new Links(secretKey)
  const linkTo = linkMaker(links, config)
  const turns = new Turns()
  const served = { ...store, turns }
  const intakes = new Intakes(config, turns)
  const ingest = createIngest({ ...store, outbound, intakes, links, digests, config, log, metrics })
  const callbacks = createCallbacks({ database, outbound, timeoutMs: config.callbackTimeoutMs })
  const ingestFile = createFileIngest({ ...store, outbound, intakes, links, digests, config, log })
  const login = createLogin({ ...sending, ...remote.presence, remote: remote.logins })

  const contacts = createContacts({ database, channels })
  const secretOf = (tokenId: string) => callbackSecret(secretKey, tokenId)
  const first = secrets.token ?? firstToken(secretKey)
  const routes: Mountable[] = [
    ...tokenRoutes({ tokens, open: config.openTokens ? first : undefined }),
    ...callbackRoutes({ callbacks, secretOf }),
    ...deviceRoutes({
      login,
      contacts,
      defaultChannel: config.defaultChannel,
    }),
    ...messageRoutes({
      send: sending,
      sends: new Sends(feed),
      ingest,
      ingestFile,
      references,
      idempotency,
      metrics,
      linkTo,
    }),
    ...uploadRoutes({ ...store, intakes, digests, config, log, linkTo }),
  ]

  const guests = await inviteGuests({
    store: served,
    feed,
    channels,
    contacts,
    callbacks,
    secretOf,
    remoteMedia,
    findCaller,
    wake: telling.wake,
    config,
    version,
  })
  const identify = identifyBy(findCaller, guests)
  const pace = createRequestPace(config.tokenRequestRate)
  const admit: Admit = (tokenId) => {
    turns.spoken(tokenId)
    return pace(tokenId)
  }
  const createApp = () => createServer({ identify, admit, guests, log })
  const app = createApp()
  for (const route of routes) route.mount(app)
  for (const guest of guests) serveGuest(app, guest, createApp)
  serveLive(app, { feed, identify })
  serveDocs(app, { version, routes, createApp })
  serveDownloads(app, { store: served, links, admit })
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
  const { baseUrl, downloadUrl } = await openDoors({
    config,
    app,
    downloads: { store: served, links, admit },
    log,
    onOvertime: () => outbound.close(),
    closers,
  })
  // Only a start that succeeds can show the token that it made.
  const made = await tokens.ensure(first, 'first')
  await jobs.start()
  remote.start()
  onHeld()
  closers.push(await publish(config.dataDir, { baseUrl, pid: process.pid, version }))
  return {
    baseUrl,
    downloadUrl,
    newToken: made === 'made' && !secrets.token ? first : undefined,
    async consoleLink(page: string) {
      const [guest] = guests
      const caller = await tokens.find(first)
      return guest && caller && `${baseUrl}${guest.root}${page}#pass=${makePass(secretKey, caller.tokenId)}`
    },
  }
}

async function oldestOwedSeconds(database: Database): Promise<number> {
  const at = await oldestOwedAt(database)
  return at === undefined ? 0 : Math.max(0, (Date.now() - at) / 1000)
}
