import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { version } from '../../src/version.ts'
import { engines, type Place } from '../rigs/databases.ts'
import { finish, newFolder, settingsFor, startProcess } from '../rigs/process.ts'
import { dumpOf } from './released-dump.ts'
import { type Raw, withRaw } from './released-raw.ts'

vi.setConfig({ testTimeout: 60_000 })

/** What a later version does to a database, as far as this one can tell. */
async function upgrade(raw: Raw): Promise<void> {
  await raw.run(`create table future (id text primary key, note text); insert into future values ('1', 'kept');
    insert into migrations values ('9998-far', 1), ('9999-further', 2);
    insert into migrated_by values ('9999-further', '9.1.0')`)
}

const refusal = [
  'The database was written by a newer version of Hongyan (9998-far, 9999-further of 9.1.0);',
  `this is ${version}, and it has changed nothing.`,
  'Start the newer version, or go back by restoring the backup from before the upgrade.',
].join(' ')

describe.each(engines().map((engine) => ({ name: engine.name, engine })))('on $name', ({ engine }) => {
  let place: Place
  beforeEach(async () => {
    place = await engine.place()
  })
  afterEach(() => place.dispose())

  test('a database of a newer version is refused by every command that would write, and stays as it is', async () => {
    const dataDir = newFolder()
    const home = { url: place.url, path: join(dataDir, 'hongyan.db') }
    await (await openDatabase(home.url, home.path)).close()
    await withRaw(home, upgrade)
    const before = await withRaw(home, dumpOf)
    const env = { ...settingsFor(dataDir), HONGYAN_DATABASE_URL: place.url?.href }
    for (const args of [['serve'], ['token', 'create', 'new'], ['device', 'add']]) {
      const { code, stdout, stderr } = await finish({ args, env })
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(refusal)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    expect(await withRaw(home, dumpOf)).toBe(before)
  })
})

test('the backup from before an upgrade brings the older version back, with what it knew', async () => {
  const dataDir = newFolder()
  const env = settingsFor(dataDir)
  const before = await startProcess({ dataDir })
  const { appId } = await before.device()
  const said = { appId, toWxid: 'filehelper', content: 'before' }
  const { data } = await before.post<{ newMsgId: number }>('/message/postText', said)
  const backup = await finish({ args: ['backup', newFolder()], env })
  expect(backup).toMatchObject({ code: 0 })
  await before.stop()
  await withRaw({ url: undefined, path: join(dataDir, 'hongyan.db') }, upgrade)
  expect(await finish({ args: ['serve'], env })).toMatchObject({ code: 1 })

  expect(await finish({ args: ['restore', backup.stdout.trim(), '--force'], env })).toMatchObject({ code: 0 })
  const after = await startProcess({ dataDir })
  const asked = { appId, newMsgId: data.newMsgId }
  expect(await after.post('/message/getMsgState', asked)).toMatchObject({ data: { state: 'sent' } })
  expect(await after.post('/message/postText', said)).toMatchObject({ ret: 200 })
})
