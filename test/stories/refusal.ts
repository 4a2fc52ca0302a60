import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import sharp from 'sharp'
import { expect } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { Tokens } from '../../src/tokens/tokens.ts'
import { type Reply, startTestGateway, type TestDevice, type TestGateway, token } from '../rigs/gateway.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'

/** The query of every link in these stories; a signature in a user's hands, so no reply may show it. */
export const secret = 'q-signature=5ecre7c0de'

export const video = await readFile(new URL('../fixtures/media/moov-first.mp4', import.meta.url))
export const picture = await sharp({ create: { width: 64, height: 36, channels: 3, background: '#936' } })
  .jpeg()
  .toBuffer()

type Answer = Reply & { readonly status: number }

/** A gateway with two devices of one caller, a device of another caller, and an origin with a video and a picture. */
export interface World {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly sender: TestDevice
  readonly friend: TestDevice
  readonly otherToken: string
  readonly stranger: TestDevice
  /** A link to the origin, signed. */
  link(path: string): string
  /** A request of postVideo that succeeds, changed by `change`; undefined leaves a field out. */
  request(change?: Record<string, unknown>): Record<string, unknown>
  postVideo(change?: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

export async function startWorld(env: Record<string, string> = {}): Promise<World> {
  const origin = await startOrigin({ '/v.mp4': serve(video), '/t.jpg': serve(picture) })
  const gateway = await startTestGateway({ env })
  const otherToken = await withTokens(gateway, (tokens) => tokens.create('other'))
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const stranger = await gateway.device(otherToken)
  const link = (path: string) => `${origin.url}${path}?${secret}`
  const request: World['request'] = (change = {}) => ({
    appId: sender.appId,
    toWxid: friend.wxid,
    videoUrl: link('/v.mp4'),
    thumbUrl: link('/t.jpg'),
    videoDuration: 1,
    ...change,
  })
  return {
    gateway,
    origin,
    sender,
    friend,
    otherToken,
    stranger,
    link,
    request,
    postVideo: (change) => gateway.post('/message/postVideo', request(change)),
    async close() {
      await gateway.close()
      await origin.close()
    },
  }
}

/** Works on the gateway's tokens from beside it, as the command line does. */
export async function withTokens<T>(
  { dataDir, databaseUrl }: TestGateway,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(databaseUrl, join(dataDir, 'hongyan.db'))
  try {
    return await work(new Tokens(database))
  } finally {
    await database.close()
  }
}

/** Changes the embedded database behind the gateway's back. */
export function alterRows({ dataDir }: TestGateway, sql: string, ...values: unknown[]): void {
  const database = new Sqlite(join(dataDir, 'hongyan.db'))
  try {
    database.prepare(sql).run(...values)
  } finally {
    database.close()
  }
}

/** Posts exactly these bytes; without `type` there is no Content-Type at all. */
export async function postRaw(
  { baseUrl }: TestGateway,
  path: string,
  body: Buffer | string,
  { type, headers = {} }: { type?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${baseUrl}${path}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'x-gewe-token': token, ...(type === undefined ? {} : { 'content-type': type }), ...headers },
  })
  return { status: response.status, ...((await response.json()) as Reply) }
}

interface Refusal {
  readonly code: ErrorCode
  /** Top-level `msg`, whole or by its tail. */
  readonly title?: string | RegExp
  /** What `data.msg` must say beyond being advice in Chinese. */
  readonly says?: RegExp
  /** 200, but for an unknown route. */
  readonly status?: number
}

/** What tells a person what to do, in a Chinese sentence. */
const advice = /请|缺少|应为|不能|最多|至少|过长|格式不正确|可以|只能|只支持|改用/

/**
 * The whole promise to a caller whose request is refused: the envelope, the right word of the one table, a Chinese
 * sentence that says what to do, no secret, nothing sent, no row, no file, and a gateway as healthy as before.
 */
export async function expectRefusal(
  gateway: TestGateway,
  ask: () => Promise<Answer>,
  { code, title, says, status = 200 }: Refusal,
): Promise<void> {
  const before = await stockOf(gateway)
  const reply = await ask()
  expect(reply).toMatchObject({ status, ret: 500, data: { code, sent: 'no', msg: expect.any(String) } })
  const { msg: reason } = reply.data
  expect(reason).toMatch(/\p{Script=Han}{2}/u)
  // Soft: the sentence's fault must not hide the others.
  expect.soft(`${reply.msg} ${reason}`, 'must say what to do').toMatch(advice)
  if (says) expect(reason).toMatch(says)
  expect(reply.msg).toMatch(/\p{Script=Han}|push msg err/u)
  if (title !== undefined)
    expect(reply.msg).toEqual(typeof title === 'string' ? title : expect.stringMatching(title))
  const whole = JSON.stringify(reply)
  for (const hidden of [secret, token, gateway.dataDir, 'SQLITE', 'node:', 'at async'])
    expect(whole).not.toContain(hidden)
  expect(await stockOf(gateway)).toEqual(before)
  const health = await fetch(`${gateway.baseUrl}/healthz`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
}

/** Every row a send may leave, and every file. */
export async function stockOf({ dataDir }: TestGateway) {
  const database = new Sqlite(join(dataDir, 'hongyan.db'), { readonly: true })
  const count = (table: string) => Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  try {
    const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return {
      messages: count('messages'),
      media: count('media'),
      blobs: count('blobs'),
      sources: count('sources'),
      events: count('events'),
      jobs: count('jobs'),
      chatrooms: count('chatrooms'),
      files: files.sort(),
    }
  } finally {
    database.close()
  }
}
