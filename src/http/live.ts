import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import type { Feed, FeedEntry } from '../feed.ts'
import type { Identify } from './auth.ts'
import { callerOf } from './route.ts'

/** A sign of life so often: proxies cut what is silent for a minute, and the caller's right is looked at again. */
const PING_MS = 15_000
/** How soon a browser comes back after a drop, milliseconds. */
const RETRY_MS = 1000
/** Connections of one token. */
const MAX_FOLLOWERS = 64
/** Unread bytes after which a reader is taken for gone. */
const MAX_UNREAD = 1024 * 1024

interface Live {
  readonly feed: Feed
  readonly identify: Identify
}

/**
 * `GET /live`: server-sent events of what happens under the token: `message`, `send`, `device`, and `reset` where
 * something may have been missed. `Last-Event-ID` resumes.
 */
export function serveLive(app: FastifyInstance, { feed, identify }: Live): void {
  const open = new Set<() => void>()
  // An endless answer would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const end of open) end()
  })

  app.get('/live', { config: { needsCaller: true } }, (request, reply) => {
    const { tokenId } = callerOf(request)
    if (feed.followersOf(tokenId) >= MAX_FOLLOWERS) {
      throw new GatewayError('too_many_requests', {
        reason: `同一个 token 最多同时打开 ${MAX_FOLLOWERS} 个实时连接，请先关闭一些`,
      })
    }
    const stream = begin(reply)
    const unfollow = feed.follow(tokenId, lastIdOf(request), (entry) => stream.write(frame(entry)))
    const ping = setInterval(() => {
      stream.write('event: ping\ndata: {}\n\n')
      // A session may have ended and a token been revoked meanwhile; a database that is away says nothing of them.
      identify(request).catch((error: unknown) => {
        if (error instanceof GatewayError) end()
      })
    }, PING_MS)
    const end = () => {
      if (!open.delete(end)) return
      clearInterval(ping)
      unfollow()
      reply.raw.end()
    }
    open.add(end)
    reply.raw.once('close', end)
    // Whoever hung up while it was asked who they are.
    if (reply.raw.destroyed) end()
  })
}

function begin(reply: FastifyReply) {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // nginx would hold events back until a buffer is full.
    'x-accel-buffering': 'no',
  })
  raw.write(`retry: ${RETRY_MS}\n\n`)
  return {
    write(text: string) {
      if (raw.writableLength > MAX_UNREAD) raw.destroy()
      else raw.write(text)
    },
  }
}

/** None, for whoever begins: an id that no life has had makes the feed say that the past is not known. */
function lastIdOf({ headers }: FastifyRequest): string {
  const last = headers['last-event-id']
  return typeof last === 'string' && last.length <= 64 ? last : ''
}

const frame = ({ id, kind, data }: FeedEntry): string => `id: ${id}\nevent: ${kind}\ndata: ${data}\n\n`
