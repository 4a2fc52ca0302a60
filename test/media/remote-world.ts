import { createCipheriv } from 'node:crypto'
import type { Database } from '../../src/database/database.ts'
import type { NewRow } from '../../src/database/tables.ts'
import { insertDevice } from '../../src/devices/queries.ts'
import { insertRemoteFile } from '../../src/media/queries.ts'
import { createRemoteMedia } from '../../src/media/remote.ts'
import type { Store } from '../../src/media/store.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { startMediaWorld } from './media-world.ts'

export const key = '00112233445566778899aabbccddeeff'
export const thumbKey = 'ffeeddccbbaa99887766554433221100'

/** As the network's CDN seals. */
export function sealed(bytes: Buffer, aesKey = key): Buffer {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(aesKey, 'hex'), null)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

/** A device that received a file, and the origin as its network's CDN; a locator is a path there. */
export async function startRemoteWorld(database: Database) {
  const world = await startMediaWorld(database)
  await insertDevice(database, {
    app_id: 'wx_a',
    token_id: 'tok',
    channel: 'ilink',
    wxid: 'wxid_a',
    nick_name: '',
    state: 'online',
    login_uuid: null,
    login_expires_at: 0,
    created_at: 1,
  })
  const outbound = createOutbound({
    fetchAllow: ['127.0.0.0/8'],
    fetchConnectTimeoutMs: 5000,
    fetchIdleTimeoutMs: 300,
    fetchTotalTimeoutMs: 10_000,
    fetchMinRate: 0,
  })
  const remoteMedia = (other: Partial<Store> = {}) =>
    createRemoteMedia({
      ...world,
      ...other,
      config: { maxFileBytes: 1_000_000, maxThumbBytes: 100_000, ffmpeg: 'off' },
      open: (appId, locator, options) =>
        outbound.get(`${world.origin.url}${locator}?of=${appId}`, { ...options, subject: 'CDN' }),
    })
  return {
    ...world,
    /** As another process has it, or one in trouble. */
    remoteMedia,
    remote: remoteMedia(),
    /** A file that arrived; sealed and without a thumbnail unless told. */
    async arrived(changes: Partial<NewRow<'remote_files'>>): Promise<void> {
      const row = {
        file_id: 'file-1',
        app_id: 'wx_a',
        token_id: 'tok',
        kind: 'file',
        name: '',
        extension: '',
        aes_key: key,
        sealed: 1,
        locator: '/body',
        thumb_aes_key: null,
        thumb_locator: null,
        md5: null,
        duration_ms: null,
        created_at: 1,
        ...changes,
      } as const
      await database.atomically([insertRemoteFile(database, row)])
    },
    async close() {
      await outbound.close()
      await world.close()
    },
  }
}

export type RemoteWorld = Awaited<ReturnType<typeof startRemoteWorld>>
