import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seeded } from '../../bench/seeded.js'
import { openDatabase } from '../../src/database/open.ts'
import { newFolder, startProcess } from '../rigs/process.ts'
import { startReceiver } from '../rigs/receiver.ts'
import { type Found, messagesAreWhole, nothing, together } from './aftermath.ts'
import { blobFaults, blobsOpen } from './aftermath-blobs.ts'
import { callbacksArrive } from './aftermath-callbacks.ts'
import { nextAct } from './callers-acts.ts'
import { acknowledged } from './callers-traffic.ts'
import { startClips } from './clips.ts'
import { begin } from './kill-life.ts'

test('the checks after a kill find nothing where all is well, and each damage that is done by hand', {
  timeout: 120_000,
}, async () => {
  const [origin, receiver] = [await startClips(), await startReceiver()]
  const gateway = await startProcess({ dataDir: newFolder() })
  const blobs = join(gateway.dataDir, 'blobs')
  const traffic = await begin(gateway, receiver, { origin, random: seeded(3) })
  for (let acts = 0; acts < 60; acts += 1) await nextAct(traffic)(gateway)
  const database = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
  const { sql } = database
  const look = async (): Promise<Found> =>
    together([
      await messagesAreWhole(database, traffic),
      await blobFaults(database, blobs),
      await blobsOpen(database, blobs, traffic.calls),
    ])
  try {
    expect(await callbacksArrive(receiver, database, 20_000)).toEqual(nothing)
    await gateway.stop()
    expect(await look()).toEqual(nothing)
    expect(traffic.wrong).toEqual([])

    const [last] = receiver.events.slice(-1)
    const heard = (events: typeof receiver.events) =>
      callbacksArrive({ ...receiver, events }, database, 0).then(({ lost, doubled }) => [
        lost.length,
        doubled.length,
      ])
    expect(await heard(receiver.events.slice(0, -1))).toEqual([1, 0])
    expect(await heard([...receiver.events, ...(last ? [last] : [])])).toEqual([0, 0])
    expect(await heard([...receiver.events, ...(last ? [{ ...last, text: '{}' }] : [])])).toEqual([0, 1])

    const withdrawn = new Set(traffic.withdrawals.map(({ sent }) => sent.newMsgId))
    const standing = acknowledged(traffic.calls).filter(({ sent }) => !withdrawn.has(sent.newMsgId))
    const [one = 0, two = 0, three = 0, four = 0] = standing.map(({ sent }) => sent.newMsgId)
    await sql.deleteFrom('messages').where('new_msg_id', '=', one).where('direction', '=', 'in').execute()
    expect((await look()).lost).toContain(`messages ${one} received: 0 instead of 1`)
    await sql.deleteFrom('messages').where('new_msg_id', '=', two).execute()
    expect((await look()).lost).toContain(`acknowledged and not there: ${two}`)
    const half = sql.updateTable('messages').set({ state: 'revoked' }).where('new_msg_id', '=', three)
    await half.where('direction', '=', 'in').execute()
    expect((await look()).lost).toContain(`states of ${three}: revoked,sent`)
    const event = await sql
      .selectFrom('events')
      .selectAll()
      .where('new_msg_id', '=', four)
      .executeTakeFirstOrThrow()
    await sql
      .insertInto('events')
      .values({ ...event, id: event.id + 1 })
      .execute()
    expect((await look()).doubled).toContain(`events of ${four}: 2 instead of 1`)
    const image = standing.find(({ call }) => call.path === '/message/postImage')?.sent
    const row = sql
      .selectFrom('messages')
      .selectAll()
      .where('new_msg_id', '=', image?.newMsgId ?? 0)
    const copied = await row.where('direction', '=', 'out').executeTakeFirstOrThrow()
    await sql
      .insertInto('messages')
      .values({ ...copied, new_msg_id: copied.new_msg_id + 1 })
      .execute()
    expect((await look()).doubled).toContain(`messages with ${image?.fileId}: 2 after 1 sends`)
    const [taken = 0] = withdrawn
    await sql.updateTable('messages').set({ state: 'sent' }).where('new_msg_id', '=', taken).execute()
    expect((await look()).lost).toContain(`acknowledged and not withdrawn: ${taken}`)

    const files = await readdir(blobs, { recursive: true })
    const media = await sql.selectFrom('media').select(['body_key', 'file_id']).execute()
    const sent = standing.filter(({ call }) => call.original)
    const keys = sent.map(
      ({ sent: { fileId } }) => media.find(({ file_id }) => file_id === fileId)?.body_key ?? '',
    )
    const [first = '', second = ''] = new Set(keys)
    const pathOf = (key: string) => join(blobs, files.find((file) => file.endsWith(key)) ?? '')
    await rm(pathOf(first))
    expect((await look()).lost).toContain(`no file of blob ${first}`)
    await writeFile(pathOf(second), Buffer.alloc(32))
    expect((await look()).lost.join('\n')).toMatch(/the blob of \d+: Error.*decrypt/)
    await writeFile(join(blobs, 'staging/half'), 'half')
    await writeFile(join(blobs, first.slice(0, 2), 'orphan'), 'whole')
    expect((await look()).leftOver).toEqual(['orphan', 'staging/half'])
  } finally {
    await database.close()
    await Promise.all([origin.close(), receiver.close()])
  }
})
