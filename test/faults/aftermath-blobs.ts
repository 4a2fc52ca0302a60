import { createDecipheriv } from 'node:crypto'
import { readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../src/database/database.ts'
import type { Client } from '../rigs/process-client.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { type Found, nothing } from './aftermath.ts'
import { acknowledged, type Call, type Traffic, type Upload } from './callers-traffic.ts'
import { sha256 } from './clips.ts'

/** What the rows and the folder of blobs say of each other. */
export async function blobFaults({ sql }: Database, folder: string): Promise<Found> {
  const rows = await sql.selectFrom('blobs').select('blob_key').execute()
  const media = await sql.selectFrom('media').select(['body_key', 'thumb_key']).execute()
  const known = new Set(rows.map(({ blob_key }) => blob_key))
  const files = new Set((await blobFiles(folder)).map(({ name }) => name))
  const staged = await readdir(join(folder, 'staging'), { recursive: true, withFileTypes: true })
  const named = media.flatMap(({ body_key, thumb_key }) => [
    body_key,
    ...(thumb_key === null ? [] : [thumb_key]),
  ])
  return {
    lost: [
      ...[...known].filter((key) => !files.has(key)).map((key) => `no file of blob ${key}`),
      ...named.filter((key) => !known.has(key)).map((key) => `no row of blob ${key}`),
    ],
    doubled: [],
    leftOver: [
      ...[...files].filter((key) => !known.has(key)),
      ...staged.filter((entry) => entry.isFile()).map(({ name }) => `staging/${name}`),
    ],
  }
}

/** Makes every blob old enough for the daily sweep. */
export async function age(folder: string): Promise<void> {
  const files = await blobFiles(folder)
  const hoursAgo = Date.now() / 1000 - 2 * 3600
  await Promise.all(files.map(({ name, shard }) => utimes(join(folder, shard, name), hoursAgo, hoursAgo)))
}

async function blobFiles(folder: string): Promise<{ name: string; shard: string }[]> {
  const shards = (await readdir(folder)).filter((name) => name.length === 2)
  const files = shards.map(async (shard) =>
    (await readdir(join(folder, shard))).map((name) => ({ name, shard })),
  )
  return (await Promise.all(files)).flat()
}

/** What lies on the disk opens, with the key that the reply told, to the bytes that were sent. */
export async function blobsOpen({ sql }: Database, folder: string, calls: readonly Call[]): Promise<Found> {
  const media = await sql.selectFrom('media').select(['file_id', 'body_key']).execute()
  const keys = new Map(media.map(({ file_id, body_key }) => [file_id, body_key]))
  const check = async ({ call, sent }: { call: Call; sent: Sent }): Promise<string[]> => {
    if (!call.original) return []
    const key = keys.get(sent.fileId) ?? ''
    try {
      const sealed = await readFile(join(folder, key.slice(0, 2), key))
      const opener = createDecipheriv('aes-128-ecb', Buffer.from(sent.aesKey, 'hex'), null)
      const plain = Buffer.concat([opener.update(sealed), opener.final()])
      if (sha256(plain) === sha256(call.original())) return []
      return [`other bytes in the blob of ${sent.newMsgId}`]
    } catch (error) {
      return [`the blob of ${sent.newMsgId}: ${error}`]
    }
  }
  return { ...nothing, lost: (await Promise.all(acknowledged(calls).map(check))).flat() }
}

/** The receiver gets the original bytes of every video among these calls. */
export async function bytesAreThere(
  { post }: Client,
  { sender, friend }: Traffic,
  calls: readonly Call[],
): Promise<Found> {
  const videos = acknowledged(calls).filter(({ call }) => call.path.endsWith('Video'))
  const byFile = new Map(videos.map((video) => [video.sent.fileId, video]))
  const check = async ({ call, sent }: { call: Call; sent: Sent }) => {
    const { appId } = call.from === sender ? friend : sender
    const link = await post<{ fileUrl: string }>('/message/downloadVideo', { appId, xml: xmlOf(sent) })
    return unlessSame(`the video of ${sent.newMsgId}`, link.data.fileUrl, call.original)
  }
  return { ...nothing, lost: (await Promise.all([...byFile.values()].map(check))).flat() }
}

/** Every link that an upload was told opens the file. */
export async function uploadsAreThere(uploads: readonly Upload[]): Promise<Found> {
  const checks = uploads.map(async ({ reply, original }) =>
    reply?.ret === 200 ? unlessSame('an upload', reply.data.fileUrl, original) : [],
  )
  return { ...nothing, lost: (await Promise.all(checks)).flat() }
}

async function unlessSame(what: string, url: string, original: Call['original']): Promise<string[]> {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  const same = original !== undefined && sha256(bytes) === sha256(original())
  return same ? [] : [`${what}: HTTP ${response.status} and other bytes`]
}
