import { join } from 'node:path'
import { expect } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openDatabase } from '../../src/database/open.ts'
import { messagesAreWhole, nothing, together } from './aftermath.ts'
import { blobFaults, blobsOpen, bytesAreThere, uploadsAreThere } from './aftermath-blobs.ts'
import { callbacksArrive } from './aftermath-callbacks.ts'
import { acknowledged, type Call } from './callers-traffic.ts'
import type { World } from './fault-world.ts'
import { sweepIsDone, sweepIsDue } from './kill-checks.ts'
import type { FaultRow } from './table.ts'

type Left = Pick<FaultRow, 'engine' | 'acknowledged' | 'lost' | 'doubled' | 'leftOver'>

/** How many videos are also fetched through the gateway. */
const FETCHED = 5

/**
 * After a fault has gone, the callers too: what was acknowledged is there once, with its bytes, and was told; what was
 * refused is not there; no file is staged; and after a new start and a sweep no blob is there that no row knows.
 * @param url of the database, where it is not SQLite in the gateway's folder
 */
export async function whatIsLeft(world: World, url?: URL): Promise<Left> {
  const { gateway, traffic, receiver } = world
  const blobs = join(gateway.dataDir, 'blobs')
  const calls = traffic.calls.map(asUnheard)
  const videos = calls.filter(({ path }) => path.endsWith('Video')).slice(-FETCHED)
  const database = await openDatabase(url, join(gateway.dataDir, 'hongyan.db'))
  try {
    const running = await blobFaults(database, blobs)
    const found = together([
      { ...nothing, doubled: await sentThoughRefused(database, calls) },
      await messagesAreWhole(database, { ...traffic, calls }),
      await blobsOpen(database, blobs, calls),
      await bytesAreThere(gateway, traffic, videos),
      await uploadsAreThere(traffic.uploads),
      await callbacksArrive(receiver, database, 30_000),
      // A blob that could not be taken back is taken by the sweep.
      { ...running, leftOver: running.leftOver.filter((name) => name.startsWith('staging/')) },
    ])
    expect(found).toEqual(nothing)
    await gateway.stop()
    await sweepIsDue(database, blobs)
    await world.start()
    await sweepIsDone(database)
    expect(await blobFaults(database, blobs)).toEqual(nothing)
    return {
      engine: database.engine,
      acknowledged: acknowledged(calls).length,
      lost: 0,
      doubled: 0,
      leftOver: 0,
    }
  } finally {
    await database.close()
  }
}

/** A reply that does not say whether the message was sent is as good as none. */
function asUnheard(call: Call): Call {
  const unsure = call.reply?.ret === 500 && JSON.stringify(call.reply.data).includes('"sent":"unknown"')
  return unsure ? { ...call, reply: undefined } : call
}

/** Messages beyond those that were acknowledged, or that may have been sent without their caller hearing of it. */
async function sentThoughRefused({ sql }: Database, calls: readonly Call[]): Promise<string[]> {
  const out = sql.selectFrom('messages').select('new_msg_id').where('direction', '=', 'out')
  const known = new Set(acknowledged(calls).map(({ sent }) => sent.newMsgId))
  const others = (await out.execute()).filter(({ new_msg_id }) => !known.has(new_msg_id))
  const unheard = calls.filter(({ reply }) => reply === undefined).length
  return others.length <= unheard ? [] : others.map(({ new_msg_id }) => `nobody was told of ${new_msg_id}`)
}
