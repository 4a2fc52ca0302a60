import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { seeded } from '../../bench/seeded.js'
import { openDatabase } from '../../src/database/open.ts'
import { atHand, outcomeOf } from '../deploy/program.ts'
import { messagesAreWhole, nothing } from '../faults/aftermath.ts'
import { bytesAreThere } from '../faults/aftermath-blobs.ts'
import { sendUntilItDies } from '../faults/callers.ts'
import { acknowledged, newTraffic, type Traffic } from '../faults/callers-traffic.ts'
import { clipOf, startClips, video } from '../faults/clips.ts'
import { engines } from '../rigs/databases.ts'
import { type Origin, serve } from '../rigs/origin.ts'
import { finish, type GatewayProcess, newFolder, settingsFor, startProcess, until } from '../rigs/process.ts'
import type { Sent } from '../rigs/process-client.ts'
import { download } from './send-rig.ts'

vi.setConfig({ testTimeout: 120_000 })

let origin: Origin
beforeEach(async () => {
  origin = await startClips()
  origin.route('/callback', serve('ok'))
})
afterEach(() => origin.close())

const backUp = (dataDir: string, to: string, ...more: string[]) =>
  finish({ args: ['backup', to, ...more], env: settingsFor(dataDir) })
const restore = (dataDir: string, from: string, ...more: string[]) =>
  finish({ args: ['restore', from, '--data-dir', dataDir, ...more], env: settingsFor(newFolder()) })

/** A gateway with two devices and a group, and nothing said yet. */
async function trafficOn(gateway: GatewayProcess): Promise<Traffic> {
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  await gateway.post('/tools/setCallback', { token: gateway.token, callbackUrl: `${origin.url}/callback` })
  const { data } = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
    appId: sender.appId,
    wxids: [sender.wxid, friend.wxid],
  })
  return newTraffic({ sender, friend, chatroom: data.chatroomId, origin, random: seeded(5) })
}

/** A stopped gateway that sent `count` videos, and a backup of it. */
async function backedUp(count = 2) {
  const gateway = await startProcess({ dataDir: newFolder() })
  const { sender, friend } = await trafficOn(gateway)
  for (let clip = 0; clip < count; clip += 1) {
    const body = { appId: sender.appId, toWxid: friend.wxid, ...video(origin, clip) }
    expect(await gateway.post('/message/postVideo', body)).toMatchObject({ ret: 200 })
  }
  await gateway.stop()
  const folder = newFolder()
  const { code, stdout, stderr } = await backUp(gateway.dataDir, folder)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return { dataDir: gateway.dataDir, folder, backup: stdout.trim(), stderr }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const firstBlobOf = (folder: string): string => filesBelow(join(folder, 'blobs')).toSorted()[0] ?? ''

test('a backup under load holds every message whose reply came before it began, with its bytes', async () => {
  const gateway = await startProcess({ dataDir: newFolder() })
  const traffic = await trafficOn(gateway)
  let replies = 0
  const gone = sendUntilItDies(traffic, gateway, () => {
    replies += 1
  })
  await until('the callers are under way', () => replies > 60 || undefined)
  const before = traffic.calls.filter(({ reply }) => reply !== undefined)
  const withdrawals = traffic.withdrawals.filter(({ reply }) => reply !== undefined)
  const repliesBefore = replies
  expect(acknowledged(before).length).toBe(before.length)
  const folder = newFolder()
  const made = await backUp(gateway.dataDir, folder)
  const during = replies - repliesBefore
  await gateway.stop('SIGKILL')
  await gone
  expect({ code: made.code, stderr: made.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /^Backed up a database of [\d.]+ MiB and \d+ blobs of [\d.]+ MiB \(.*\)\.\n$/,
    ),
  })
  // Otherwise nothing went on beside it, and the test would show nothing.
  expect(during).toBeGreaterThan(0)
  const backup = made.stdout.trim()
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([backup])
  expect(statSync(backup).mode & 0o777).toBe(0o700)
  expect(filesBelow(backup).filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([])
  // Nothing of the original may be needed.
  const key = readFileSync(join(gateway.dataDir, 'secret.key'))
  rmSync(gateway.dataDir, { recursive: true })

  const dataDir = join(newFolder(), 'data')
  expect(await restore(dataDir, backup)).toMatchObject({ code: 0, stdout: `${dataDir}\n` })
  rmSync(folder, { recursive: true })
  expect(readFileSync(join(dataDir, 'secret.key'))).toEqual(key)
  const restored = await startProcess({ dataDir })
  const database = await openDatabase(undefined, join(dataDir, 'hongyan.db'))
  try {
    // What was heard later may be in it or not.
    const calls = traffic.calls.map((call) => (before.includes(call) ? call : { ...call, reply: undefined }))
    expect(await messagesAreWhole(database, { ...traffic, calls, withdrawals })).toEqual(nothing)
  } finally {
    await database.close()
  }
  expect(await bytesAreThere(restored, traffic, before)).toEqual(nothing)
})

test('a second backup on another disk copies only what is new', async ({ skip }) => {
  if (!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(newFolder()).dev)
    skip('no second disk')
  const gateway = await startProcess({ dataDir: newFolder() })
  const { sender, friend } = await trafficOn(gateway)
  const send = (clip: number) =>
    gateway.post('/message/postVideo', { appId: sender.appId, toWxid: friend.wxid, ...video(origin, clip) })
  const disk = await mkdtemp('/dev/shm/hongyan-backup-')
  try {
    await send(1)
    expect((await backUp(gateway.dataDir, disk)).stderr).toContain('(2 copied, 0 linked)')
    await send(2)
    const second = await backUp(gateway.dataDir, disk)
    expect(second.stderr).toContain('(2 copied, 2 linked)')
    // The older one is not needed by the newer.
    const [older = ''] = readdirSync(disk).toSorted()
    rmSync(join(disk, older), { recursive: true })
    expect(await restore(newFolder(), second.stdout.trim())).toMatchObject({ code: 0 })
  } finally {
    await rm(disk, { recursive: true })
  }
})

const damages: readonly (readonly [damage: (backup: string) => void, words: RegExp])[] = [
  [(backup) => rmSync(firstBlobOf(backup)), /blobs\/..\/\S+ is missing/],
  [(backup) => truncateSync(firstBlobOf(backup), 1), /blobs\/..\/\S+ is missing or has not its \d+ bytes/],
  [(backup) => truncateSync(join(backup, 'hongyan.db'), 40_960), /hongyan\.db is damaged: /],
  [(backup) => truncateSync(join(backup, 'hongyan.db')), /hongyan\.db is damaged: no such table/],
  [(backup) => rmSync(join(backup, 'hongyan.db')), /hongyan\.db is missing/],
  [(backup) => rmSync(join(backup, 'secret.key')), /secret\.key is missing/],
  [(backup) => truncateSync(join(backup, 'secret.key'), 10), /secret\.key does not hold 64 hex digits/],
]

test('a broken backup is refused in words, and nothing is restored', async () => {
  const { backup } = await backedUp()
  for (const [damage, words] of damages) {
    const broken = join(newFolder(), 'broken')
    cpSync(backup, broken, { recursive: true })
    damage(broken)
    const dataDir = join(newFolder(), 'data')
    const { code, stdout, stderr } = await restore(dataDir, broken)
    expect({ code, stdout }, String(words)).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(words)
    expect(stderr).toContain('nothing was changed')
    expect(existsSync(dataDir)).toBe(false)
  }
})

test('restore leaves a folder alone that a gateway serves, or that holds data, unless it is forced', async () => {
  const { backup, dataDir, folder } = await backedUp()
  const gateway = await startProcess({ dataDir })
  const served = await restore(dataDir, backup, '--force')
  expect(served).toMatchObject({ code: 1, stdout: '' })
  expect(served.stderr).toContain(`Another gateway serves ${dataDir}`)
  expect(await gateway.post('/login/deviceList')).toMatchObject({ ret: 200 })
  await gateway.stop()

  const full = await restore(dataDir, backup)
  expect(full).toMatchObject({ code: 1, stdout: '' })
  expect(full.stderr).toContain('--force')
  rmSync(join(dataDir, 'secret.key'))

  const forced = await restore(dataDir, backup, '--force')
  expect(forced).toMatchObject({ code: 0 })
  const [aside = ''] = readdirSync(dataDir).filter((name) => name.startsWith('before-'))
  expect(forced.stderr).toContain(join(dataDir, aside))
  expect(readdirSync(join(dataDir, aside)).toSorted()).toEqual(['blobs', 'holder', 'hongyan.db'])
  expect(readFileSync(join(dataDir, 'secret.key'))).toEqual(readFileSync(join(backup, 'secret.key')))
  await startProcess({ dataDir })
  expect(readdirSync(folder)).toHaveLength(1)
})

test('a blob that the gateway itself has lost is told, and keeps neither backup nor restore from the rest', async () => {
  const { dataDir } = await backedUp()
  rmSync(firstBlobOf(dataDir))
  const made = await backUp(dataDir, newFolder())
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('Warning: of 1 blobs') })
  expect(await restore(newFolder(), made.stdout.trim())).toMatchObject({ code: 0 })
})

test('where there is nothing to back up or nothing to restore, that is said, and nothing is made', async () => {
  const folder = join(newFolder(), 'backups')
  const nothing = await backUp(join(newFolder(), 'none'), folder)
  expect(nothing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('HONGYAN_DATA_DIR') })
  const wrong = await backUp(newFolder(), folder, '--without-database')
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('HONGYAN_DATABASE_URL') })
  expect(existsSync(folder)).toBe(false)
  const nowhere = await restore(newFolder(), folder)
  expect(nowhere).toMatchObject({ code: 1, stderr: `There is no backup at ${folder}.\n` })
})

test('with PostgreSQL the dump comes first, and media and key go back beside it', async ({ skip }) => {
  const postgres = engines().find(({ name }) => name === 'postgres')
  if (!postgres || !atHand('pg_dump')) skip('no PostgreSQL')
  else {
    const [place, other] = [await postgres.place(), await postgres.place()]
    try {
      const url = { HONGYAN_DATABASE_URL: place.url?.href }
      const gateway = await startProcess({ dataDir: newFolder(), env: url })
      const traffic = await trafficOn(gateway)
      const [sender, toWxid] = [traffic.sender.appId, traffic.friend.wxid]
      const body = { appId: sender, toWxid, ...video(origin, 1) }
      const { data } = await gateway.post<Sent>('/message/postVideo', body)
      const env = { ...settingsFor(gateway.dataDir), ...url }
      const alone = await finish({ args: ['backup', newFolder()], env })
      expect(alone).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('pg_dump') })

      const dump = join(newFolder(), 'hongyan.dump')
      expect(
        outcomeOf('pg_dump', ['--format=custom', '--file', dump, '--dbname', String(place.url)]),
      ).toEqual({ code: 0, said: '' })
      const made = await finish({ args: ['backup', newFolder(), '--without-database'], env })
      expect(made).toMatchObject({ code: 0 })
      expect(made.stderr).toMatch(/^Backed up 2 blobs of /)
      await gateway.stop()
      rmSync(gateway.dataDir, { recursive: true })

      expect(outcomeOf('pg_restore', ['--no-owner', '--dbname', String(other.url), dump])).toEqual({
        code: 0,
        said: '',
      })
      const newUrl = { HONGYAN_DATABASE_URL: other.url?.href }
      const dataDir = newFolder()
      const back = { ...settingsFor(dataDir), ...newUrl }
      expect(await finish({ args: ['restore', made.stdout.trim()], env: back })).toMatchObject({ code: 0 })
      const restored = await startProcess({ dataDir, env: newUrl })
      expect(await download(restored, traffic.friend.appId, data, '4')).toEqual(clipOf(1))
    } finally {
      await place.dispose()
      await other.dispose()
    }
  }
})
