import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import type { Database } from '../../src/database/database.ts'
import type { MessageState } from '../../src/database/tables-messages.ts'
import { insertDevice } from '../../src/devices/queries.ts'
import { insertRemoteFile } from '../../src/media/queries.ts'
import type { Store } from '../../src/media/store.ts'
import { createSweep, sweepJob, sweepOrphans } from '../../src/media/sweep.ts'
import { committed, keysOf } from '../conformance/blob-source.ts'
import { addToken } from '../rigs/callback-world.ts'
import { describeEachEngine } from '../rigs/databases.ts'
import { blobRow, messageRow } from './rows.ts'

const day = 24 * 3600 * 1000
const hour = 3600 * 1000

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hongyan-sweep-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Rows and blobs of one token, swept as at a moment `passed` from now. */
async function startWorld(database: Database) {
  await addToken(database, 'tok')
  const store: Store = { database, blobs: await openDiskBlobs(folder) }
  const now = Date.now()
  let passed = 0
  const dropped: number[] = []
  const also: number[] = []
  const sweep = (retentionDays: number) =>
    createSweep({
      store,
      retentionDays,
      log: pino({ level: 'silent' }),
      now: () => now + passed,
      onDropped: () => dropped.push(passed),
      also: async () => {
        also.push(passed)
      },
    })({ ...sweepJob(0), attempts: 0 }, new AbortController().signal)
  const addBlob = async (key: string, sealedFor = '') => {
    await committed(store.blobs, key, Buffer.from(key))
    const row = blobRow({ key, tokenId: 'tok', createdAt: now, sealedFor })
    await database.sql.insertInto('blobs').values(row).execute()
  }
  return {
    store,
    now,
    dropped,
    also,
    sweep,
    addBlob,
    advance(ms: number) {
      passed += ms
    },
    /** A video with its thumbnail, used just now. */
    async addMedia(name: string, video = `${name}-video`) {
      if (video === `${name}-video`) await addBlob(video)
      await addBlob(`${name}-thumb`, video)
      const row = {
        file_id: name,
        token_id: 'tok',
        aes_key: 'k',
        kind: 'video' as const,
        name: '',
        body_key: video,
        thumb_key: `${name}-thumb`,
        play_seconds: 1,
        created_at: now,
        last_used_at: now,
      }
      await database.sql.insertInto('media').values(row).execute()
    },
    async use(name: string) {
      await database.sql
        .updateTable('media')
        .set({ last_used_at: now + passed })
        .where('file_id', '=', name)
        .execute()
    },
    async addDevice(app_id: string) {
      const device = { app_id, token_id: 'tok', channel: 'local', wxid: `wxid of ${app_id}` }
      const login = { nick_name: '', state: 'offline', login_uuid: null, login_expires_at: 0 } as const
      await insertDevice(database, { ...device, ...login, created_at: 1 })
    },
    async addMessage(fileId: string, state: MessageState) {
      await this.addDevice('wx_m')
      const row = messageRow({
        app_id: 'wx_m',
        token_id: 'tok',
        file_id: fileId,
        state,
        new_msg_id: 1_010_000_000_000_000,
      })
      await database.sql.insertInto('messages').values(row).execute()
    },
    async media() {
      const rows = await database.sql.selectFrom('media').select('file_id').orderBy('file_id').execute()
      return rows.map(({ file_id }) => file_id)
    },
    async blobRows() {
      const rows = await database.sql.selectFrom('blobs').select('blob_key').orderBy('blob_key').execute()
      return rows.map(({ blob_key }) => blob_key)
    },
    keys: () => keysOf(store.blobs),
  }
}

describeEachEngine('the sweep', ({ open }) => {
  it('drops media that nobody used for so many days, with their rows and bytes', async () => {
    const world = await startWorld(await open())
    await world.addMedia('old')
    await world.addMedia('used')
    world.advance(5 * day)
    await world.use('used')
    await world.sweep(10)
    expect(await world.media()).toEqual(['old', 'used'])
    expect(world.dropped).toEqual([])
    world.advance(6 * day)
    await world.sweep(10)
    expect(await world.media()).toEqual(['used'])
    expect(await world.blobRows()).toEqual(['used-thumb', 'used-video'])
    expect(await world.keys()).toEqual(['used-thumb', 'used-video'])
    expect(world.dropped).toEqual([11 * day])
  })

  it('keeps everything that a row knows when no retention is set', async () => {
    const world = await startWorld(await open())
    await world.addMedia('old')
    world.advance(1000 * day)
    await world.sweep(0)
    expect(await world.media()).toEqual(['old'])
    expect(await world.keys()).toEqual(['old-thumb', 'old-video'])
    expect(world.dropped).toEqual([])
  })

  it('keeps the video of dropped media that other media still use', async () => {
    const world = await startWorld(await open())
    await world.addMedia('first')
    await world.addMedia('second', 'first-video')
    world.advance(11 * day)
    await world.use('second')
    await world.sweep(10)
    expect(await world.media()).toEqual(['second'])
    expect(await world.keys()).toEqual(['first-video', 'second-thumb'])
  })

  it.each([
    { what: 'is on its way', state: 'pending' },
    { what: 'waits for a device that is offline', state: 'held' },
  ] as const)('keeps media of a message that $what', async ({ state }) => {
    const world = await startWorld(await open())
    await world.addMedia('needed')
    await world.addMessage('needed', state)
    world.advance(11 * day)
    await world.sweep(10)
    expect(await world.media()).toEqual(['needed'])
    expect(await world.keys()).toEqual(['needed-thumb', 'needed-video'])
  })

  it.each(['sent', 'received', 'revoked', 'failed'] as const)(
    'does not keep media for a message that is %s',
    async (state) => {
      const world = await startWorld(await open())
      await world.addMedia('done')
      await world.addMessage('done', state)
      world.advance(11 * day)
      await world.sweep(10)
      expect(await world.media()).toEqual([])
    },
  )

  it('deletes bytes that no row knows after an hour, and not while a send may be storing them', async () => {
    const world = await startWorld(await open())
    await world.addMedia('known')
    await committed(world.store.blobs, 'orphan', Buffer.from('x'))
    world.advance(hour - 60_000)
    await world.sweep(0)
    expect(await world.keys()).toEqual(['known-thumb', 'known-video', 'orphan'])
    world.advance(2 * 60_000)
    await world.sweep(0)
    expect(await world.keys()).toEqual(['known-thumb', 'known-video'])
  })

  it('tells how many orphans it deleted, over more than one batch', async () => {
    const world = await startWorld(await open())
    await world.addMedia('known')
    // Where a blob of this name lies on disk; committing so many would sync the disk a thousand times.
    await mkdir(join(folder, 'or'))
    for (let count = 0; count < 505; count += 1) await writeFile(join(folder, 'or', `orphan-${count}`), '')
    expect(await sweepOrphans(world.store, Date.now() + hour)).toBe(505)
    expect(await world.keys()).toEqual(['known-thumb', 'known-video'])
  })

  it('forgets after so many days what waits on a network’s CDN, and never without a retention', async () => {
    const database = await open()
    const world = await startWorld(database)
    const row = {
      app_id: 'wx_r',
      token_id: 'tok',
      kind: 'file',
      name: '',
      extension: '',
      aes_key: 'k',
    } as const
    const nothing = { thumb_aes_key: null, thumb_locator: null, md5: null, duration_ms: null }
    await world.addDevice('wx_r')
    for (const [file_id, created_at] of [
      ['old', world.now],
      ['new', world.now + 2 * day],
    ] as const) {
      const file = { ...row, ...nothing, file_id, created_at, sealed: 1, locator: '/' }
      await database.atomically([insertRemoteFile(database, file)])
    }
    const waiting = async () =>
      (await database.sql.selectFrom('remote_files').select('file_id').orderBy('file_id').execute()).map(
        ({ file_id }) => file_id,
      )
    world.advance(11 * day)
    await world.sweep(0)
    expect(await waiting()).toEqual(['new', 'old'])
    await world.sweep(10)
    expect(await waiting()).toEqual(['new'])
  })

  it('forgets uploads with the media that were uploaded', async () => {
    const database = await open()
    const world = await startWorld(database)
    await world.addDevice('wx_r')
    for (const name of ['old', 'used']) {
      await world.addMedia(name)
      const upload = { app_id: 'wx_r', file_id: name, reference: 'r', uploaded_at: world.now }
      await database.sql.insertInto('uploads').values(upload).execute()
    }
    world.advance(11 * day)
    await world.use('used')
    await world.sweep(10)
    expect(await database.sql.selectFrom('uploads').select('file_id').execute()).toEqual([
      { file_id: 'used' },
    ])
  })

  it('forgets after a week what a device received', async () => {
    const database = await open()
    const world = await startWorld(database)
    await world.addDevice('wx_r')
    const told = { app_id: 'wx_r', message_id: '1', fingerprint: 'f', sent_at: 1, received_at: world.now }
    await database.sql.insertInto('inbox').values(told).execute()
    const count = async () => (await database.sql.selectFrom('inbox').selectAll().execute()).length
    world.advance(7 * day)
    await world.sweep(0)
    expect(await count()).toBe(1)
    world.advance(1)
    await world.sweep(0)
    expect(await count()).toBe(0)
  })

  it('drops a file, which has no thumbnail, and keeps the thumbnails of others', async () => {
    const database = await open()
    const world = await startWorld(database)
    await world.addMedia('used')
    await world.addBlob('paper')
    const paper = {
      file_id: 'paper',
      token_id: 'tok',
      aes_key: 'k',
      kind: 'file' as const,
      name: 'a.pdf',
      body_key: 'paper',
      thumb_key: null,
      play_seconds: 0,
      created_at: world.now,
      last_used_at: world.now,
    }
    await database.sql.insertInto('media').values(paper).execute()
    world.advance(5 * day)
    await world.use('used')
    await world.sweep(10)
    expect(await world.keys()).toEqual(['paper', 'used-thumb', 'used-video'])
    world.advance(6 * day)
    await world.sweep(10)
    expect(await world.media()).toEqual(['used'])
    expect(await world.keys()).toEqual(['used-thumb', 'used-video'])
  })

  it('forgets what links brought that nobody sent for 90 days', async () => {
    const database = await open()
    const world = await startWorld(database)
    const source = {
      token_id: 'tok',
      url_hash: 'h',
      kind: 'video',
      etag: '"a"',
      last_modified: null,
      sha256: 's',
      checked_at: world.now,
    } as const
    await database.sql.insertInto('sources').values(source).execute()
    const count = async () => (await database.sql.selectFrom('sources').selectAll().execute()).length
    world.advance(90 * day)
    await world.sweep(0)
    expect(await count()).toBe(1)
    world.advance(1)
    await world.sweep(0)
    expect(await count()).toBe(0)
  })

  it('lets other rooms tidy up, and comes again in a day', async () => {
    const world = await startWorld(await open())
    world.advance(day)
    expect(await world.sweep(0)).toEqual({ retryAt: world.now + 2 * day })
    expect(world.also).toEqual([day])
  })
})

describe('the job of the sweep', () => {
  it('has one id and one lane, so that there is only one', () => {
    expect(sweepJob(5)).toEqual({ id: 1, kind: 'media.sweep', lane: 'media.sweep', payload: {}, runAt: 5 })
  })
})
