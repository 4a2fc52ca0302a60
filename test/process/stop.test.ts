import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { clipOf, startClips, video } from '../faults/clips.ts'
import { type Origin, serve, silent } from '../rigs/origin.ts'
import { newFolder, startProcess, until } from '../rigs/process.ts'
import { type Sent, xmlOf } from '../rigs/process-client.ts'
import { holdSend, signal } from './held.ts'

/** So long that a test which has to wait for it fails. */
const LONG = { HONGYAN_SHUTDOWN_TIMEOUT_MS: '600000' }
const SHORT = { HONGYAN_SHUTDOWN_TIMEOUT_MS: '300' }

let origin: Origin
beforeEach(async () => {
  origin = await startClips()
})
afterEach(() => origin.close())

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: the request in flight is finished, its message is kept, and the exit code is 0',
  async (name) => {
    const { gateway, outcome, release } = await holdSend(origin, LONG)
    await signal(gateway, name)
    await until('new connections are refused', () => refuses(gateway.baseUrl))
    expect(gateway.child.exitCode).toBeNull()
    release()
    expect(await outcome).toMatchObject({ reply: { ret: 200 } })
    expect(await gateway.ended).toEqual({ code: 0, signal: null })

    const database = await openDatabase(undefined, join(gateway.dataDir, 'hongyan.db'))
    try {
      const rows = await database.sql.selectFrom('messages').select('direction').execute()
      expect(rows.map(({ direction }) => direction).toSorted()).toEqual(['in', 'out'])
    } finally {
      await database.close()
    }
  },
)

test('a connection that is idle does not hold a stop up', async () => {
  const gateway = await startProcess({ dataDir: newFolder(), env: LONG })
  const agent = new Agent({ keepAlive: true })
  await new Promise((resolve, reject) => {
    request(`${gateway.baseUrl}/healthz`, { agent }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
  agent.destroy()
})

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('after %s, %s ends the process at once', async (first, second) => {
  const { gateway, outcome } = await holdSend(origin, LONG)
  await signal(gateway, first)
  const { code } = await gateway.stop(second)
  expect(code).toBeGreaterThan(0)
  expect(await outcome).toHaveProperty('closed')
})

test('a request that does not end in time is ended by the limit, and what its caller hears is no lie', async () => {
  const { gateway, outcome } = await holdSend(origin, SHORT)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
  const heard = await outcome
  if ('reply' in heard) expect(heard.reply).toMatchObject({ ret: 500, data: { sent: 'no' } })
  else expect(heard.closed).toBeInstanceOf(Error)

  const next = await startProcess({ dataDir: gateway.dataDir })
  const database = await openDatabase(undefined, join(next.dataDir, 'hongyan.db'))
  try {
    expect(await database.sql.selectFrom('messages').selectAll().execute()).toEqual([])
  } finally {
    await database.close()
  }
})

/** A gateway with a download under way that nobody reads on. */
async function heldDownload(env: Record<string, string>) {
  // Larger than all the buffers between two sockets: a box that players skip.
  const filler = Buffer.alloc(32 * 1024 ** 2)
  filler.writeUInt32BE(filler.length, 0)
  filler.write('free', 4)
  origin.route('/1.mp4', serve(Buffer.concat([clipOf(1), filler]), { type: 'video/mp4' }))
  const gateway = await startProcess({
    dataDir: newFolder(),
    env: { ...env, HONGYAN_DOWNLOAD_PORT: '0' },
  })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const { data } = await gateway.post<Sent>('/message/postVideo', { ...to, ...video(origin, 1) })
  const body = { appId: friend.appId, xml: xmlOf(data) }
  const link = await gateway.post<{ fileUrl: string }>('/v2/api/message/downloadVideo', body)
  const [, port = ''] = /"downloadUrl":"([^"]+)"/.exec(gateway.stdout()) ?? []
  const reading = await fetch(port + link.data.fileUrl)
  expect(reading.status).toBe(200)
  return { gateway, reading }
}

test('a download that nobody reads is ended by the limit', async () => {
  const { gateway, reading } = await heldDownload(SHORT)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
  await expect(reading.arrayBuffer()).rejects.toThrow()
})

test('while a download is being finished the API takes no new connection, and the download ends whole', async () => {
  const { gateway, reading } = await heldDownload(LONG)
  await signal(gateway, 'SIGTERM')
  await until('new connections are refused', () => refuses(gateway.baseUrl))
  expect((await reading.arrayBuffer()).byteLength).toBeGreaterThan(32 * 1024 ** 2)
  expect(await gateway.ended).toEqual({ code: 0, signal: null })
})

test('a receiver of callbacks that never answers does not hold a stop up, and is told after the next start', async () => {
  origin.route('/callback', serve('ok'))
  const env = { ...SHORT, HONGYAN_CALLBACK_TIMEOUT_MS: '60000' }
  const gateway = await startProcess({ dataDir: newFolder(), env })
  await gateway.post('/tools/setCallback', { token: gateway.token, callbackUrl: `${origin.url}/callback` })
  origin.route('/callback', silent())
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const to = { appId: sender.appId, toWxid: friend.wxid }
  const sent = await gateway.post<Sent>('/message/postVideo', { ...to, ...video(origin, 1) })
  expect(sent.ret).toBe(200)
  await until('the receiver is told', () => origin.hitsOf('/callback').length === 2)
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })

  origin.route('/callback', serve('ok'))
  await startProcess({ dataDir: gateway.dataDir, env })
  await until('the receiver is told again', () => origin.hitsOf('/callback').length === 3)
  const [, first, again] = await Promise.all(origin.hitsOf('/callback').map(({ body }) => body))
  expect(again?.toString()).toContain(String(sent.data.newMsgId))
  expect(again).toEqual(first)
})

/** Over a connection of its own, since one that is open already may still be served. */
function refuses(baseUrl: string): Promise<true | undefined> {
  return new Promise((resolve) => {
    request(`${baseUrl}/healthz`, { agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', () => resolve(true))
      .end()
  })
}
