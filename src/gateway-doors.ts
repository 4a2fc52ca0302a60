import type { FastifyInstance } from 'fastify'
import { type Config, isLoopback } from './config.ts'
import type { Call } from './http/route.ts'
import { createPlainServer } from './http/server.ts'
import { listen, urlOf } from './listen.ts'
import type { Log } from './log.ts'
import { serveDownloads } from './media/download-routes.ts'
import type { Links } from './media/links.ts'
import type { BlobFacts } from './media/media.ts'

interface Doors {
  readonly config: Config
  readonly app: FastifyInstance
  /** What the second port serves, where one is set. */
  readonly downloads: Parameters<typeof serveDownloads>[1]
  readonly log: Log
  /** Told when requests in flight have had their time: it makes what they wait for fail. */
  readonly onOvertime: () => Promise<void>
  readonly closers: (() => Promise<unknown>)[]
}

/**
 * Opens the ports.
 * @returns how they are reached from this machine
 * @throws {Error} that says what to do when a port cannot be had
 */
export async function openDoors({ config, app, downloads, log, onOvertime, closers }: Doors) {
  const { host, downloadPort } = config
  const limit = { ms: config.shutdownTimeoutMs, onReached: onOvertime }
  const servers: (() => Promise<void>)[] = []
  // Side by side: neither takes new connections while the other ends its last requests.
  closers.push(() => Promise.all(servers.map((close) => close())))
  const open = async (server: FastifyInstance, port: number, setting: string): Promise<string> => {
    const door = await listen(server, { host, port, setting }, limit)
    servers.push(door.close)
    return urlOf(host, door.port)
  }
  const baseUrl = await open(app, config.port, 'HONGYAN_PORT')
  const downloadUrl =
    downloadPort === null
      ? undefined
      : await open(downloadServer(downloads, log), downloadPort, 'HONGYAN_DOWNLOAD_PORT')
  if (!isLoopback(host) && !config.publicUrl) {
    log.warn('HONGYAN_PUBLIC_URL is not set: download links name the host that each request was sent to')
  }
  return { baseUrl, downloadUrl }
}

/** What clients of the free image look for beside the API: `/download` and nothing else (contract 1.1). */
function downloadServer(parts: Doors['downloads'], log: Log): FastifyInstance {
  const app = createPlainServer(log)
  serveDownloads(app, parts)
  return app
}

/** Clients under `/v2/api` join a path to a base of their own, all others want a whole URL (contract 2.5). */
export function linkMaker(links: Links, { publicUrl }: Config) {
  return ({ caller, prefix, request }: Call, { key, extension }: BlobFacts): string => {
    const path = links.make({ tokenId: caller.tokenId, blobKey: key }, extension)
    if (prefix === '/v2/api') return path
    const base = publicUrl?.href.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`
    return `${base}${path}`
  }
}
