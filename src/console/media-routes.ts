import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import { callerOf } from '../http/route.ts'
import { type ServedStore, serveBlob } from '../media/download-routes.ts'
import { findBlobByKey } from '../media/queries.ts'
import type { RemoteMedia } from '../media/remote.ts'

interface MediaRoutes {
  readonly store: ServedStore
  readonly remoteMedia: RemoteMedia
}

interface Params {
  readonly appId: string
  readonly newMsgId: string
  readonly part: string
}

/** A browser keeps the bytes for the session that asked, and shows them to no other site. */
const bySession = { 'cross-origin-resource-policy': 'same-origin', vary: 'cookie' }

/**
 * `GET /console/media/<appId>/<newMsgId>/<body|thumb>`: what a message brought, under an address that stays the same, so
 * that browsers keep it. A file that still waits on its network is fetched.
 */
export function serveMedia(app: FastifyInstance, { store, remoteMedia }: MediaRoutes): void {
  app.route<{ Params: Params }>({
    method: ['GET', 'HEAD'],
    url: '/console/media/:appId/:newMsgId/:part',
    config: { needsCaller: true },
    async handler(request, reply) {
      const { tokenId } = callerOf(request)
      const { part, ...of } = request.params
      const fileId = await findFileId(store.database, { tokenId, ...of })
      const media = fileId === undefined ? undefined : await remoteMedia.find(tokenId, fileId)
      const key = part === 'body' ? media?.body.key : part === 'thumb' ? media?.thumb?.key : undefined
      const blob = key === undefined ? undefined : await findBlobByKey(store.database, tokenId, key)
      if (!blob) throw new GatewayError('media_gone', { reason: '这条消息没有这个文件，或文件已被清理' })
      return serveBlob(request, reply.headers(bySession), store, blob)
    },
  })
}

async function findFileId(
  { sql }: Database,
  { tokenId, appId, newMsgId }: { tokenId: string; appId: string; newMsgId: string },
): Promise<string | undefined> {
  // A path may hold what no body may.
  if (!/^\d{16}$/.test(newMsgId) || appId.includes('\0')) return undefined
  const row = await sql
    .selectFrom('messages')
    .select('file_id')
    .where('new_msg_id', '=', Number(newMsgId))
    .where('app_id', '=', appId)
    .where('token_id', '=', tokenId)
    .where('state', '!=', 'revoked')
    .executeTakeFirst()
  return row?.file_id ?? undefined
}
