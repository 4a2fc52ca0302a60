import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import { createSweep, sweepJob } from '../../src/media/sweep.ts'
import { committed, keysOf } from '../conformance/blob-source.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { blobRow } from './rows.ts'

const day = 24 * 3600 * 1000

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-sweep-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describeEachEngine('the sweep of uploads', ({ open }) => {
  /** Two uploads of just now, of which one was sent. */
  async function start() {
    const database = await open()
    const store = { database, blobs: await openDiskBlobs(folder) }
    const now = Date.now()
    await addToken(database, 'tok')
    for (const key of ['sent', 'unsent']) {
      await committed(store.blobs, key, Buffer.from(key))
      const row = blobRow({ key, tokenId: 'tok', createdAt: now })
      await database.sql.insertInto('blobs').values(row).execute()
    }
    const media = {
      file_id: 'f',
      token_id: 'tok',
      aes_key: 'k',
      kind: 'video' as const,
      name: '',
      body_key: 'sent',
      thumb_key: null,
      play_seconds: 1,
      created_at: now,
      last_used_at: now + 1000 * day,
    }
    await database.sql.insertInto('media').values(media).execute()
    return {
      async sweepAfter(passed: number, retentionDays: number) {
        const also = () => Promise.resolve()
        const log = pino({ level: 'silent' })
        const sweep = createSweep({
          store,
          retentionDays,
          log,
          also,
          now: () => now + passed,
          onDropped() {},
        })
        await sweep({ ...sweepJob(0), attempts: 0 }, new AbortController().signal)
        return keysOf(store.blobs)
      },
    }
  }

  it('leaves what is younger than the retention, and never takes what media use', async () => {
    const { sweepAfter } = await start()
    expect(await sweepAfter(day, 1)).toEqual(['sent', 'unsent'])
    expect(await sweepAfter(day + 1, 1)).toEqual(['sent'])
    expect(await sweepAfter(900 * day, 1)).toEqual(['sent'])
  })

  it('drops what nobody sent once no link to it is good, where no retention is set', async () => {
    const { sweepAfter } = await start()
    expect(await sweepAfter(7 * day, 0)).toEqual(['sent', 'unsent'])
    expect(await sweepAfter(7 * day + 1, 0)).toEqual(['sent'])
  })
})
