import { createHash } from 'node:crypto'
import diagnostics from 'node:diagnostics_channel'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { FastifyInstance } from 'fastify'
import { makePass } from '../../src/pass.ts'
import { secretKeyOf } from '../../src/secret-key.ts'
import { signIn, type Visitor } from '../console/world.ts'
import { startTestGateway, type TestDevice, type TestGateway, token } from '../rigs/gateway.ts'
import { type Origin, serve, silent, startOrigin } from '../rigs/origin.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { picture, video } from '../rigs/videos.ts'
import { until } from '../rigs/world.ts'
import { withTokens } from '../stories/refusal.ts'

/** Every id that a token's things have, and what is made of them. */
export interface Ids {
  /** A device that is logged in, and whom it wrote to. */
  readonly appId: string
  readonly wxid: string
  readonly friendWxid: string
  readonly chatroomId: string
  /** A device whose login is under way. */
  readonly newAppId: string
  readonly uuid: string
  readonly words: Pick<MessageIds, 'newMsgId'>
  readonly video: MediaIds
  readonly image: MediaIds
  readonly file: MediaIds
  /** Of a send that is under way. */
  readonly key: string
  readonly eventId: number
}

interface MessageIds {
  readonly msgId: number
  readonly newMsgId: number
}

interface MediaIds extends MessageIds {
  readonly fileId: string
  readonly aesKey: string
  readonly xml: string
}

/** A token with something of everything. */
export interface Owner {
  readonly token: string
  readonly tokenId: string
  readonly pass: string
  readonly browser: Visitor
  readonly ids: Ids
}

/** One gateway and two tokens. Whatever the second does, the first must never notice. */
export interface TwoTokens {
  readonly gateway: TestGateway
  readonly owner: Owner
  readonly other: Owner
  readonly secretKey: Buffer
  readonly receiver: Receiver
  /** Every route of the running application, `POST /message/postText`. */
  readonly routes: ReadonlySet<string>
  /** A digest of every table, or of what it holds of one token; but of the lease that is renewed by itself. */
  stock(tokenId?: string): Record<string, string>
  close(): Promise<void>
}

/** Hears of every route as it is added, of the applications too that are built when somebody first asks. */
function hearOfRoutes(routes: Set<string>): () => void {
  const onApp = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.add(`${each} ${url}`)
    })
  }
  diagnostics.subscribe('fastify.initialization', onApp)
  return () => void diagnostics.unsubscribe('fastify.initialization', onApp)
}

/** One request, whatever it is, and the whole answer. */
export async function send({ gateway }: TwoTokens, path: string, init: RequestInit) {
  const response = await fetch(`${gateway.baseUrl}${path}`, init)
  return { status: response.status, text: await response.text() }
}

export async function startTwoTokens(): Promise<TwoTokens> {
  const routes = new Set<string>()
  const stopHearing = hearOfRoutes(routes)
  const origin = await startOrigin({
    '/v.mp4': serve(video),
    '/t.jpg': serve(picture),
    '/f.txt': serve('a file'),
    '/slow.mp4': silent(),
  })
  const receiver = await startReceiver()
  // The sends that are under way stay so, and how many requests a token may make is another matter.
  const patient = { HONGYAN_FETCH_IDLE_TIMEOUT_MS: '600000', HONGYAN_TOKEN_REQUEST_RATE: '0' }
  const gateway = await startTestGateway({ env: patient })
  const otherToken = await withTokens(gateway, (tokens) => tokens.create('other'))
  const rows = await withTokens(gateway, (tokens) => tokens.list())
  const secretKey = await secretKeyOf(undefined, gateway.dataDir)
  const own = async (named: string, name: string) => {
    const tokenId = rows.find((row) => (row.name === 'other') === (named === otherToken))?.id ?? ''
    const browser = await signIn(gateway, named)
    const ids = await furnish({ gateway, origin, receiver, named, browser, key: `key-of-${name}` })
    return { token: named, tokenId, pass: makePass(secretKey, tokenId), browser, ids }
  }
  const owner = await own(token, 'owner')
  const other = await own(otherToken, 'other')
  for (const path of ['/docs', '/console']) await fetch(`${gateway.baseUrl}${path}`)
  await until(() => origin.hitsOf('/slow.mp4').length === 2)
  // Every event is delivered, so that nothing moves by itself.
  await until(() => countJobs(gateway) === 0)
  return {
    gateway,
    owner,
    other,
    secretKey,
    receiver,
    routes,
    stock: (tokenId) => stockOf(gateway, tokenId),
    async close() {
      origin.cut()
      await gateway.close()
      await origin.close()
      await receiver.close()
      stopHearing()
    },
  }
}

interface Furnishing {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly receiver: Receiver
  readonly named: string
  readonly browser: Visitor
  readonly key: string
}

async function furnish(of: Furnishing): Promise<Ids> {
  const { gateway, origin, receiver, named, browser } = of
  const post = async <D>(path: string, body: object) => {
    const reply = await gateway.post<D>(path, body, { token: named })
    if (reply.ret !== 200) throw new Error(`${path}: ${JSON.stringify(reply)}`)
    return reply.data
  }
  const [device, friend, third]: TestDevice[] = [
    await gateway.device(named),
    await gateway.device(named),
    await gateway.device(named),
  ]
  if (!device || !friend || !third) throw new Error('three devices')
  const { appId, wxid } = device
  await post('/tools/setCallback', { token: named, callbackUrl: receiver.url })
  const { chatroomId } = await post<{ chatroomId: string }>('/group/createChatroom', {
    appId,
    wxids: [friend.wxid, third.wxid],
  })
  const login = await post<{ appId: string; uuid: string }>('/login/getLoginQrCode', { appId: '' })
  const to = { appId, toWxid: friend.wxid }
  const media = async (path: string, body: object): Promise<MediaIds> => {
    const { msgId, newMsgId } = await post<MessageIds>(path, { ...to, ...body })
    const page = await browser.call<{ messages: Message[] }>('/console/messages', {
      appId,
      peer: friend.wxid,
    })
    const found = page.data.messages.find((message) => message.newMsgId === newMsgId)
    const [, fileId = ''] =
      /(?:cdnvideourl|cdnmidimgurl|cdnattachurl)[=>"]+([0-9a-f]+)/.exec(found?.xml ?? '') ?? []
    const [, aesKey = ''] = /aeskey[=>"]+([0-9a-f]{32})/.exec(found?.xml ?? '') ?? []
    if (!found || fileId === '' || aesKey === '') throw new Error(`no ids in ${found?.xml}`)
    return { msgId, newMsgId, fileId, aesKey, xml: found.xml }
  }
  const urls = { videoUrl: `${origin.url}/v.mp4`, thumbUrl: `${origin.url}/t.jpg`, videoDuration: 1 }
  const words = await post<MessageIds>('/message/postText', { ...to, content: 'hello' })
  const ids = {
    appId,
    wxid,
    friendWxid: friend.wxid,
    chatroomId,
    newAppId: login.appId,
    uuid: login.uuid,
    words: { newMsgId: words.newMsgId },
    video: await media('/message/postVideo', urls),
    image: await media('/message/postImage', { imgUrl: `${origin.url}/t.jpg` }),
    file: await media('/message/postFile', { fileUrl: `${origin.url}/f.txt`, fileName: 'f.txt' }),
    key: of.key,
  }
  const events = await browser.call<{ events: { id: number }[] }>('/console/events')
  const eventId = events.data.events[0]?.id
  if (eventId === undefined) throw new Error('no event')
  // Nobody waits for it: it goes on until the gateway closes.
  void gateway
    .post(
      '/message/postVideo',
      { ...to, ...urls, videoUrl: `${origin.url}/slow.mp4` },
      {
        token: named,
        headers: { 'idempotency-key': of.key },
      },
    )
    .catch(() => undefined)
  return { ...ids, eventId }
}

interface Message {
  readonly newMsgId: number
  readonly xml: string
}

/** The same ids with other letters and digits: of the same form, and nobody's. */
export function idsOfNobody(ids: Ids): Ids {
  const media = ({ msgId, newMsgId, fileId, aesKey, xml }: MediaIds): MediaIds => {
    const [file, key] = [anotherFile(fileId), unlike(aesKey)]
    const words = xml.replaceAll(fileId, file).replaceAll(aesKey, key)
    return { msgId: msgId - 5000, newMsgId: newMsgId - 5000, fileId: file, aesKey: key, xml: words }
  }
  return {
    appId: unlike(ids.appId, 3),
    wxid: unlike(ids.wxid, 5),
    friendWxid: unlike(ids.friendWxid, 5),
    chatroomId: unlike(ids.chatroomId),
    newAppId: unlike(ids.newAppId, 3),
    uuid: unlike(ids.uuid),
    words: { newMsgId: ids.words.newMsgId - 5000 },
    video: media(ids.video),
    image: media(ids.image),
    file: media(ids.file),
    key: unlike(ids.key, 7),
    eventId: ids.eventId - 5000,
  }
}

/** Changes eight letters and digits from `start` on, each to one of its own kind. */
function unlike(text: string, start = 0): string {
  const changed = [...text.slice(start, start + 8)].map((character) => {
    if (/[0-8]/.test(character)) return String(Number(character) + 1)
    if (character === '9') return '1'
    if (/[a-eA-E]/.test(character)) return String.fromCharCode(character.charCodeAt(0) + 1)
    if (/[fF]/.test(character)) return character === 'f' ? 'a' : 'A'
    return /[a-z]/.test(character) ? 'q' : /[A-Z]/.test(character) ? 'Q' : character
  })
  return text.slice(0, start) + changed.join('') + text.slice(start + 8)
}

/** Other digits in the UUID, which stands in it as the hex of its text. */
function anotherFile(fileId: string): string {
  return fileId.replace(/(?<=0424)(?:3\d|6[1-6]|2d){36}/, (uuid) =>
    uuid.replace(/../g, (pair) => (pair.startsWith('3') ? `3${(Number(pair.slice(1)) + 1) % 10}` : pair)),
  )
}

/** A reply with every id by its name, so that two replies can be compared. */
export function withoutIds(reply: string, ids: Ids): string {
  const named = Object.entries(ids).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([part, id]) => [`${name}.${part}`, id])
      : [[name, value]],
  )
  return named.reduce((text, [name, id]) => text.replaceAll(String(id), `<${name}>`), reply)
}

function stockOf({ dataDir }: TestGateway, tokenId: string | undefined): Record<string, string> {
  const database = new Sqlite(join(dataDir, 'hongyan.db'), { readonly: true })
  const names = (sql: string, ...values: string[]) =>
    database
      .prepare(sql)
      .pluck()
      .all(...values)
      .map(String)
  try {
    const tables = names("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'nodes'")
    const owned = tables.filter((table) =>
      names('SELECT name FROM pragma_table_info(?)', table).includes('token_id'),
    )
    return Object.fromEntries(
      (tokenId === undefined ? tables : owned).map((table) => {
        const where = tokenId === undefined ? '' : 'WHERE token_id = ?'
        const select = database.prepare(`SELECT * FROM ${table} ${where} ORDER BY rowid`).raw()
        const rows = tokenId === undefined ? select.all() : select.all(tokenId)
        return [table, `${rows.length} ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`]
      }),
    )
  } finally {
    database.close()
  }
}

function countJobs({ dataDir }: TestGateway): number {
  const database = new Sqlite(join(dataDir, 'hongyan.db'), { readonly: true })
  try {
    return Number(database.prepare("SELECT count(*) FROM jobs WHERE lane LIKE 'callback:%'").pluck().get())
  } finally {
    database.close()
  }
}
