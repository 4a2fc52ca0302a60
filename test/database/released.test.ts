import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { version } from '../../src/version.ts'
import { engines, type Place } from '../rigs/databases.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { newFolder, settingsFor, token, until } from '../rigs/process.ts'
import { type Client, clientOf, xmlOf } from '../rigs/process-client.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { schemaOf } from './released-dump.ts'
import { type Fixture, fixtures, restore, rowsOf } from './released-fixture.ts'
import { type RawRow, withRaw } from './released-raw.ts'
import { secretKey } from './released-story.ts'

vi.setConfig({ testTimeout: 60_000 })

const kept = fixtures()

test('every released version is kept, with the schema that it had in the end', async () => {
  const headings = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (\S+) \((.*)\)$/gm)]
  expect(headings.map(([, name]) => name)).toContain(version)
  const released = headings.filter(([, , when]) => !when?.includes('not yet released'))
  for (const engine of engines()) {
    const versions = kept.filter((each) => each.engine === engine.name).map((each) => each.version)
    expect(versions).toEqual(expect.arrayContaining(released.map(([, name]) => name)))
    if (!released.some(([, name]) => name === version)) continue
    const { database, dispose } = await engine.open()
    const names = await database.sql.selectFrom('migrations').select('name').execute()
    await dispose()
    const script = kept.find((each) => each.engine === engine.name && each.version === version)?.script
    for (const { name } of names) expect(script).toContain(`INSERT INTO migrations VALUES ('${name}'`)
  }
})

/** What the fixture's rows were before this version touched them. */
interface Before {
  readonly devices: readonly RawRow[]
  readonly messages: readonly RawRow[]
  readonly owed: readonly RawRow[]
  readonly videos: readonly RawRow[]
  readonly uploads: readonly RawRow[]
  readonly contacts: readonly RawRow[]
  readonly sessions: readonly RawRow[]
}

describe.each(
  engines().flatMap((engine) =>
    kept
      .filter((fixture) => fixture.engine === engine.name)
      .map((fixture) => ({ name: `${fixture.version} on ${engine.name}`, engine, fixture })),
  ),
)('the database of $name', ({ engine, fixture }) => {
  let place: Place
  let receiver: Receiver
  /** Where the phones' network is, and nothing else: whatever else is fetched fails. */
  let network: Origin
  let dataDir: string
  beforeEach(async () => {
    dataDir = newFolder()
    place = await engine.place()
    receiver = await startReceiver()
    network = await startOrigin({
      '/ilink/bot/getupdates': serve('{"ret":0,"msgs":[]}', { type: 'application/json' }),
      '/ilink/bot/sendmessage': serve('{"ret":0,"message_id":"1"}', { type: 'application/json' }),
    })
  })
  afterEach(async () => {
    await network.close()
    await receiver.close()
    await place.dispose()
  })
  const home = () => ({ url: place.url, path: join(dataDir, 'hongyan.db') })

  async function restored(): Promise<Before> {
    return withRaw(home(), async (raw) => {
      await restore(raw, fixture, { receiver: receiver.url, network: network.url })
      const events = await rowsOf(raw, 'events')
      const media = await rowsOf(raw, 'media')
      return {
        devices: await rowsOf(raw, 'devices'),
        messages: await rowsOf(raw, 'messages'),
        owed: events.filter(({ state }) => state === 'owed'),
        videos: media.filter(({ kind = 'video' }) => kind === 'video'),
        uploads: await rowsOf(raw, 'uploads'),
        contacts: await rowsOf(raw, 'contacts'),
        sessions: await rowsOf(raw, 'sessions'),
      }
    })
  }
  /** A gateway of this version on these rows. */
  async function start() {
    const { config, secrets } = readConfig({
      ...settingsFor(dataDir),
      HONGYAN_LOG_LEVEL: 'silent',
      HONGYAN_SECRET_KEY: secretKey,
      HONGYAN_ILINK_API_URL: network.url,
      HONGYAN_ILINK_QR_URL: network.url,
      HONGYAN_ILINK_CDN_URL: network.url,
      HONGYAN_ILINK_PACE_MS: '0',
      ...(place.url && { HONGYAN_DATABASE_URL: place.url.href }),
    })
    return startGateway(config, secrets, createLog(config.logLevel))
  }

  test('serves on after the upgrade, with the schema of a new one', async () => {
    const before = await restored()
    {
      await using served = await start()
      const gateway = clientOf(served.baseUrl, token)
      await keysReplay(gateway, fixture)
      await messagesAreKnown(gateway, before)
      await devicesAreOnline(gateway, before)
      await until('every owed callback arrives', () => {
        const told = new Set(receiver.events.map(({ body }) => Object(body.Data).NewMsgId))
        return before.owed.every((event) => told.has(event.new_msg_id))
      })
      await videosAreForwarded(gateway, before)
      await phonesAreSpokenTo(gateway, before, network)
    }
    const other = await engine.place()
    try {
      await (await other.open()).close()
      expect(await withRaw(home(), schemaOf)).toEqual(await withRaw(other, schemaOf))
    } finally {
      await other.dispose()
    }
  })
})

async function keysReplay(gateway: Client, { calls }: Fixture): Promise<void> {
  expect(calls.length).toBeGreaterThan(0)
  for (const { key, path, body, reply } of calls) {
    const again = await gateway.post(path, body, { 'idempotency-key': key })
    if (reply) expect(again).toEqual(reply)
    else expect(again).toMatchObject({ ret: 500, data: { code: 'send_unknown', sent: 'unknown' } })
  }
}

async function messagesAreKnown(gateway: Client, { messages }: Before): Promise<void> {
  const sent = messages.filter(({ direction }) => direction === 'out')
  expect(sent.length).toBeGreaterThan(0)
  for (const { app_id: appId, new_msg_id: newMsgId, to_wxid: toWxid, state, remote_id } of sent) {
    // Nobody waits for that answer any more.
    const now = state === 'pending' ? 'unknown' : state
    expect(await gateway.post('/message/getMsgState', { appId, newMsgId })).toMatchObject({
      ret: 200,
      data: { newMsgId, toWxid, state: now, remoteId: remote_id ?? '' },
    })
  }
}

async function devicesAreOnline(gateway: Client, { devices }: Before): Promise<void> {
  const states = await Promise.all(
    devices.map(async ({ app_id: appId }) => (await gateway.post('/login/checkOnline', { appId })).data),
  )
  expect(states).toContain(true)
  expect(states).toEqual(devices.map(({ state }) => state === 'online'))
}

async function videosAreForwarded(gateway: Client, { devices, videos }: Before): Promise<void> {
  const local = devices.filter(({ channel, state }) => channel === 'local' && state === 'online')
  expect(videos.length).toBeGreaterThan(0)
  for (const { file_id: fileId, aes_key: aesKey } of videos) {
    const xml = xmlOf({ ...sent, fileId: String(fileId), aesKey: String(aesKey) })
    const body = { appId: local[0]?.app_id, toWxid: local[1]?.wxid, xml }
    expect(await gateway.post('/message/forwardVideo', body)).toMatchObject({
      ret: 200,
      data: { fileId, aesKey },
    })
  }
}
/** What the rest of a reply is does not matter to a forward. */
const sent = { newMsgId: 0, msgId: 0, length: 0, toWxid: '' }

async function phonesAreSpokenTo(gateway: Client, before: Before, network: Origin): Promise<void> {
  for (const { app_id, cursor } of before.sessions) {
    const device = before.devices.find((each) => each.app_id === app_id)
    const polls = await until('its phone is asked for news', async () => {
      const bodies = network.hitsOf('/ilink/bot/getupdates').map(async ({ headers, body }) => ({
        cursor: JSON.parse((await body).toString()).get_updates_buf,
        bearer: headers.authorization,
      }))
      return bodies.length > 0 ? Promise.all(bodies) : undefined
    })
    expect(polls[0]).toEqual({ cursor, bearer: expect.stringMatching(`^Bearer ${device?.wxid}:`) })
  }
  for (const { app_id: appId, wxid: toWxid } of before.contacts)
    expect(await gateway.post('/message/postText', { appId, toWxid, content: 'hi' })).toMatchObject({
      ret: 200,
    })
  for (const { app_id: appId, file_id: fileId } of before.uploads) {
    const aesKey = before.videos.find((video) => video.file_id === fileId)?.aes_key
    const xml = xmlOf({ ...sent, fileId: String(fileId), aesKey: String(aesKey) })
    const toWxid = before.contacts[0]?.wxid
    expect(await gateway.post('/message/forwardVideo', { appId, toWxid, xml })).toMatchObject({ ret: 200 })
  }
  const messages = await Promise.all(network.hitsOf('/ilink/bot/sendmessage').map(({ body }) => body))
  expect(messages).toHaveLength(before.contacts.length + before.uploads.length)
  for (const message of messages)
    expect(JSON.parse(message.toString()).msg.context_token).toEqual(expect.stringMatching(/./))
  expect(network.hits.filter(({ path }) => path.includes('upload'))).toEqual([])
}
