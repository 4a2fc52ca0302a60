import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clipOf, sha256, startClips, video } from '../faults/clips.ts'
import { engines, type Place } from '../rigs/databases.ts'
import type { Reply } from '../rigs/gateway.ts'
import type { Origin } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, startProcess, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'

const postgres = engines().find(({ name }) => name === 'postgres')

describe.skipIf(!postgres)('two gateways on one PostgreSQL and one folder of blobs', () => {
  let origin: Origin
  let place: Place | undefined
  let settings: Record<string, string>

  beforeEach(async () => {
    origin = await startClips()
    place = await postgres?.place()
    settings = {
      HONGYAN_DATABASE_URL: place?.url?.href ?? '',
      HONGYAN_BLOBS_URL: `file://${newFolder()}/blobs`,
      HONGYAN_SECRET_KEY: 'ab'.repeat(32),
    }
  })
  afterEach(async () => {
    await place?.dispose()
    await origin.close()
  })

  const start = (dataDir = newFolder()) => startProcess({ dataDir, env: settings })

  async function both() {
    const [one, two] = await Promise.all([start(), start()])
    const [sender, friend] = [await one.device(), await two.device()]
    return { one, two, friend, to: { appId: sender.appId, toWxid: friend.wxid } }
  }

  const sendFrom = (
    { post }: GatewayProcess,
    body: Record<string, unknown>,
    key?: string,
    path = '/message/postVideo',
  ): Promise<Reply<Sent>> => post<Sent>(path, body, key === undefined ? {} : { 'idempotency-key': key })

  test('start at the same moment on an empty database, and know each other’s devices, media and links', async () => {
    const { one, two, to, friend } = await both()
    const sent = await sendFrom(one, { ...to, ...video(origin, 1) })
    const xml = xmlOf(sent.data)
    const forwarded = await sendFrom(two, { ...to, xml }, undefined, '/message/forwardVideo')
    expect(forwarded).toMatchObject({ ret: 200, data: { fileId: sent.data.fileId } })
    const link = await one.post<{ fileUrl: string }>('/v2/api/message/downloadVideo', {
      appId: friend.appId,
      xml,
    })
    const response = await fetch(two.baseUrl + link.data.fileUrl)
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(clipOf(1)))
  })

  test('give ids that no other message has', async () => {
    const { one, two, to } = await both()
    const { data } = await sendFrom(one, { ...to, ...video(origin, 1) })
    const body = { ...to, xml: xmlOf(data) }
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        sendFrom(index % 2 ? one : two, body, undefined, '/message/forwardVideo'),
      ),
    )
    expect(replies.filter(({ ret }) => ret !== 200)).toEqual([])
    expect(new Set(replies.map((reply) => reply.data.newMsgId)).size).toBe(200)
  })

  test('replay each other’s Idempotency-Key, also while the first call still runs', async () => {
    const { one, two, to } = await both()
    const key = randomUUID()
    const body = { ...to, ...video(origin, 1) }
    const [here, there] = await Promise.all([sendFrom(one, body, key), sendFrom(two, body, key)])
    expect(here.ret).toBe(200)
    expect(there).toEqual(here)
    expect(await sendFrom(two, body, key)).toEqual(here)
    const other = await sendFrom(two, { ...to, ...video(origin, 2) }, key)
    expect(other).toMatchObject({ ret: 500, data: { code: 'idempotency_mismatch' } })

    const database = await place?.open()
    const rows = await database?.sql
      .selectFrom('messages')
      .where('direction', '=', 'out')
      .selectAll()
      .execute()
    expect(rows?.map(({ new_msg_id }) => new_msg_id)).toEqual([here.data.newMsgId])
  })

  test('a key whose call died with its gateway can be used again in the next one on the same folder', {
    timeout: 120_000,
  }, async () => {
    const first = await start()
    const [sender, friend] = [await first.device(), await first.device()]
    const body = { appId: sender.appId, toWxid: friend.wxid, ...video(origin, 1) }
    const key = randomUUID()
    let asked = false
    origin.route('/1.mp4', () => {
      asked = true
    })
    const unheard = sendFrom(first, body, key).then(
      () => 'answered',
      () => 'died',
    )
    await until('the call is under way', () => asked)
    await first.stop('SIGKILL')
    expect(await unheard).toBe('died')

    origin.route('/1.mp4', (_request, response) => response.end(clipOf(1)))
    const next = await start(first.dataDir)
    let answer: Reply<Sent> | undefined
    const again = sendFrom(next, body, key).then((reply) => {
      answer = reply
    })
    again.catch(() => undefined)
    // No longer than a lease: another gateway may take that long to know that the first one is dead.
    expect(await until('the second call is answered', () => answer, 75_000)).toMatchObject({ ret: 200 })
  })
})
