import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { type GatewayProcess, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { acknowledged, type Call, send, type Traffic } from './callers.ts'
import { clipOf, sha256 } from './clips.ts'

/** Every acknowledged message is there once for each side, and no message is there by half. */
export async function messagesAreWhole({ sql }: Database, { calls, sender, friend }: Traffic): Promise<void> {
  const rows = await sql.selectFrom('messages').select(['app_id', 'new_msg_id', 'direction']).execute()
  const events = await sql.selectFrom('events').select(['app_id', 'new_msg_id']).execute()
  const out = rows.filter(({ direction }) => direction === 'out')
  const sorted = (ids: (number | null)[]) => ids.toSorted((a, b) => Number(a) - Number(b))
  const sent = sorted(out.map(({ new_msg_id }) => new_msg_id))
  expect(new Set(sent).size).toBe(sent.length)
  expect(new Set(out.map(({ app_id }) => app_id))).toEqual(new Set([sender.appId]))
  const received = rows.filter(({ direction }) => direction === 'in')
  expect(new Set(received.map(({ app_id }) => app_id))).toEqual(new Set([friend.appId]))
  expect(sorted(received.map(({ new_msg_id }) => new_msg_id))).toEqual(sent)
  expect(sorted(events.map(({ new_msg_id }) => new_msg_id))).toEqual(sent)

  const told = acknowledged(calls).map(({ sent }) => sent.newMsgId)
  expect(new Set(told).size).toBe(told.length)
  const known = new Set(sent)
  expect(told.filter((id) => !known.has(id))).toEqual([])
}

/** What the rows and the folder of blobs say of each other. */
export async function blobFaults({ sql }: Database, folder: string) {
  const rows = await sql.selectFrom('blobs').select('blob_key').execute()
  const media = await sql.selectFrom('media').select(['body_key', 'thumb_key']).execute()
  const known = new Set(rows.map(({ blob_key }) => blob_key))
  const shards = (await readdir(folder)).filter((name) => name.length === 2)
  const files = new Set((await Promise.all(shards.map((shard) => readdir(join(folder, shard))))).flat())
  const staged = await readdir(join(folder, 'staging'), { recursive: true, withFileTypes: true })
  return {
    rowsWithoutFile: [...known].filter((key) => !files.has(key)),
    filesWithoutRow: [...files].filter((key) => !known.has(key)),
    mediaWithoutBlob: media.flatMap(({ body_key, thumb_key }) =>
      [body_key, thumb_key].filter((key) => key !== null && !known.has(key)),
    ),
    staged: staged.filter((entry) => entry.isFile()).map(({ name }) => name),
  }
}

/** The receiver gets the original bytes of every clip among these calls. */
export async function bytesAreThere(gateway: GatewayProcess, { friend }: Traffic, calls: readonly Call[]) {
  const byFile = new Map(
    acknowledged(calls).map(({ call, sent }) => [sent.fileId, { clip: call.clip, sent }]),
  )
  const check = async ({ clip, sent }: { clip: number; sent: Sent }) => {
    const body = { appId: friend.appId, xml: xmlOf(sent) }
    const link = await gateway.post<{ fileUrl: string }>('/message/downloadVideo', body)
    const response = await fetch(link.data.fileUrl)
    expect(sha256(Buffer.from(await response.arrayBuffer())), `clip ${clip}`).toBe(sha256(clipOf(clip)))
  }
  await Promise.all([...byFile.values()].map(check))
}

/** Each Idempotency-Key whose answer was heard gives it again, and nothing is sent by that. */
export async function heardKeysReplay(gateway: GatewayProcess, { sql }: Database, calls: readonly Call[]) {
  const ids = () => sql.selectFrom('messages').select('new_msg_id').orderBy('new_msg_id').execute()
  const before = await ids()
  const heard = calls.filter(({ key, reply }) => key !== undefined && reply !== undefined)
  expect(await Promise.all(heard.map((call) => send(gateway, call)))).toEqual(heard.map(({ reply }) => reply))
  expect(await ids()).toEqual(before)
}

/** A call whose answer was not heard is made again under its key: whether it was sent or not, it is sent once then. */
export async function unheardKeysSendOnce(
  gateway: GatewayProcess,
  { sql }: Database,
  calls: readonly Call[],
) {
  for (const call of calls) {
    if (call.key === undefined || call.reply) continue
    call.reply = await send(gateway, call)
    expect(call.reply.ret).toBe(200)
    expect(await send(gateway, call)).toEqual(call.reply)
    if (!call.alone) continue
    const { fileId, newMsgId } = call.reply.data
    const sent = sql.selectFrom('messages').select('new_msg_id').where('direction', '=', 'out')
    expect(await sent.where('file_id', '=', fileId).execute()).toEqual([{ new_msg_id: newMsgId }])
  }
}

/** The receiver's server hears of every acknowledged message. */
export async function callbacksArrive({ origin, calls }: Traffic, path: string, limitMs: number) {
  const owed = new Set(acknowledged(calls).map(({ sent }: { sent: Sent }) => sent.newMsgId))
  let seen = 0
  await until(
    'every callback arrives',
    async () => {
      const hits = origin.hitsOf(path).slice(seen)
      seen += hits.length
      for (const { body } of hits) {
        const [, id] = /"NewMsgId":(\d+)/.exec((await body).toString()) ?? []
        owed.delete(Number(id))
      }
      return owed.size === 0 || undefined
    },
    limitMs,
  )
}
