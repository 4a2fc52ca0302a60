import { createAccounts } from './ilink/accounts.ts'
import { createApi, type Typing } from './ilink/api.ts'
import { createCdn } from './ilink/cdn.ts'
import { createFates, type Fate } from './ilink/fates.ts'
import { listen } from './ilink/listener.ts'
import { createLogin } from './ilink/login.ts'
import { createObjects } from './ilink/objects.ts'
import {
  type Bot,
  defaults,
  type Endpoint,
  type IlinkOptions,
  type Phone,
  type RigRequest,
} from './ilink/options.ts'
import { createScreen, type Screen } from './ilink/screen.ts'
import { createServe } from './ilink/serve.ts'
import { createSpool } from './ilink/spool.ts'
import { createWriting } from './ilink/writing.ts'

export type { Fate } from './ilink/fates.ts'
export type {
  Bot,
  IlinkOptions,
  Phone,
  RigRequest,
  Shown,
} from './ilink/options.ts'

/** Tencent's bot service, its CDN and its users' phones, on 127.0.0.1. */
export interface IlinkServer {
  /** Base of the API and of the QR endpoints. */
  readonly url: string
  /** Base of the CDN, without a slash at the end. */
  readonly cdnUrl: string
  /** Where a redirect sends a login; it serves the same. */
  readonly redirectUrl: string
  readonly options: IlinkOptions
  /** What the strict checks found wrong, in words, oldest first. */
  readonly violations: readonly string[]
  /** Every request, in the order of arrival. */
  readonly requests: readonly RigRequest[]
  readonly bots: readonly Readonly<Bot>[]
  /** What bots told of their typing, oldest first. */
  readonly typing: readonly Typing[]
  /** The phone of a user; the same for the same id. */
  phone(userId?: string): Phone
  /** A phone's bot, bound without a login. */
  bind(userId?: string): Readonly<Bot>
  /** What the next calls of an endpoint meet, one each. */
  next(endpoint: Endpoint, ...fates: Fate[]): void
  /** Every call of this bot is answered -14 from now on, the polls that wait included. */
  killSession(botId: string): void
  reviveSession(botId: string): void
  /** Takes all uploads off the CDN: their references become stale. */
  expireUploads(): void
  /** How many `getupdates` calls of a bot wait right now. */
  polling(botId: string): number
  /** Cuts every connection and removes every file. */
  close(): Promise<void>
}

/** User ids have capitals; a service that is told another case knows nobody. */
const defaultUserId = 'o9cqRigUser@im.wechat'

/** Starts the rig. Nothing of it outlives close(). */
export async function startIlinkServer(changes: Partial<IlinkOptions> = {}): Promise<IlinkServer> {
  const options = { ...defaults, ...changes }
  const violations: string[] = []
  const requests: RigRequest[] = []
  const typing: Typing[] = []
  const phones = new Map<string, { phone: Phone; screen: Screen }>()
  const violate = (text: string) => {
    if (options.strict) violations.push(text)
  }
  const spool = createSpool()
  const objects = createObjects(spool)
  const accounts = createAccounts(options)
  const fates = createFates()
  const url = () => main.url
  const cdnUrl = () => `${main.url}/c2c`
  const login = createLogin({ options, accounts, violate, url, redirectUrl: () => other.url })
  const writeTo = createWriting({ options, objects, accounts, cdnUrl })
  const screen = (userId: string) => phoneOf(userId).screen
  const api = createApi({ options, accounts, objects, login, typing, violate, cdnUrl, screen })
  const cdn = createCdn({ options, objects, spool, violate })

  const serve = createServe({ fates, cdn, api, violate, record: (request) => void requests.push(request) })
  const main = await listen((request, response) => serve(request, response, false))
  const other = await listen((request, response) => serve(request, response, true))

  function phoneOf(userId: string) {
    const known = phones.get(userId)
    if (known) return known
    const shows = createScreen()
    const phone: Phone = {
      userId,
      screen: shows.shown,
      scan: login.scan,
      expire: login.expire,
      confirm: (qrData, how) => ({ botId: login.confirm(qrData, userId, how?.redirect ?? false).botId }),
      requireCode: (qrData, code, maxWrong = 3) => login.requireCode(qrData, code, maxWrong),
      write: (botId, what, how = {}) => writeTo(accounts.byId(botId), userId, what, how),
    }
    const made = { phone, screen: shows }
    phones.set(userId, made)
    return made
  }

  return {
    url: main.url,
    cdnUrl: cdnUrl(),
    redirectUrl: other.url,
    options,
    violations,
    requests,
    typing,
    bots: accounts.all,
    phone: (userId = defaultUserId) => phoneOf(userId).phone,
    bind: (userId = defaultUserId) => accounts.bind(phoneOf(userId).phone.userId),
    next: (endpoint, ...added) => fates.add(endpoint, added),
    killSession: (botId) => accounts.setAlive(accounts.byId(botId), false),
    reviveSession: (botId) => accounts.setAlive(accounts.byId(botId), true),
    expireUploads: objects.expireUploads,
    polling: (botId) => accounts.byId(botId).waiting.size,
    async close() {
      await Promise.all([main.close(), other.close()])
      spool.dispose()
    },
  }
}
