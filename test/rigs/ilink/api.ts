import type { IncomingHttpHeaders } from 'node:http'
import type { Account, Accounts } from './accounts.ts'
import { type Answer, json } from './fates.ts'
import { appFaults, baseInfoFaults, postFaults } from './header-checks.ts'
import { withBareIds } from './ids.ts'
import type { createLogin } from './login.ts'
import type { Objects } from './objects.ts'
import type { Endpoint, IlinkOptions } from './options.ts'
import { objectOf } from './read.ts'
import type { Screen } from './screen.ts'
import { createSending } from './sending.ts'
import { createUpdates, sessionOver } from './updates.ts'
import { createUploads } from './uploads.ts'

/** One API request, read. */
export interface Call {
  readonly endpoint: Endpoint
  readonly method: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
  /** Whether it came to the listener that a redirect names. */
  readonly redirected: boolean
  readonly gone: AbortSignal
}

/** A bot's typing indicator: 1 typing, 2 no longer. */
export interface Typing {
  readonly botId: string
  readonly userId: string
  readonly status: number
}

interface ApiPlace {
  readonly options: IlinkOptions
  readonly accounts: Accounts
  readonly objects: Objects
  readonly login: ReturnType<typeof createLogin>
  readonly typing: Typing[]
  violate(text: string): void
  cdnUrl(): string
  screen(userId: string): Screen
}

/** The endpoints below `/ilink/bot/`. */
export function createApi(place: ApiPlace) {
  const { options, accounts, login, typing, violate } = place
  const knows = (account: Account, userId: unknown) =>
    typeof userId === 'string' && account.conversations.has(userId)
  const updates = createUpdates(place)
  const send = createSending({ ...place, knows })
  const uploadUrl = createUploads({ ...place, knows })

  function config(account: Account, body: Record<string, unknown>): Answer {
    const userId = body.ilink_user_id
    if (typeof userId !== 'string' || userId === '') {
      violate('getconfig: ilink_user_id is missing')
      return json({ ret: -2, errmsg: 'ilink_user_id required' })
    }
    return json({ ret: 0, typing_ticket: accounts.ticket(account, userId) })
  }

  function type(account: Account, body: Record<string, unknown>): Answer {
    const { ilink_user_id: userId, typing_ticket: ticket, status } = body
    if (typeof userId !== 'string' || ticket === undefined || account.tickets.get(userId) !== ticket) {
      violate('sendtyping: typing_ticket is not the one of this user')
      return json({ ret: -2, errmsg: 'invalid ticket' })
    }
    if (status !== 1 && status !== 2) violate('sendtyping: status is neither 1 nor 2')
    typing.push({ botId: account.botId, userId, status: Number(status) })
    return json({ ret: 0 })
  }

  /** Who calls, when the headers are those of a bot that lives; else what is wrong with them is recorded. */
  function callerOf({ endpoint, headers, body }: Call): Account | undefined {
    for (const fault of [...postFaults(headers), ...baseInfoFaults(objectOf(body))]) {
      violate(`${endpoint}: ${fault}`)
    }
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
    if (bearer === undefined) {
      violate(`${endpoint}: Authorization is not Bearer and a token`)
      return undefined
    }
    const account = accounts.byToken(bearer)
    if (!account) {
      violate(`${endpoint}: the rig gave no such token`)
      return undefined
    }
    const uin = String(headers['x-wechat-uin'])
    if (account.lastUin === uin) violate(`${endpoint}: X-WECHAT-UIN is the same as in the request before`)
    account.lastUin = uin
    const unheard = options.strict && appFaults(headers).length > 0
    return account.alive && !unheard ? account : undefined
  }

  async function answer(call: Call): Promise<Answer> {
    const { endpoint, query, headers, gone } = call
    if (endpoint === 'get_bot_qrcode') {
      const faults = call.method === 'POST' ? postFaults(headers) : appFaults(headers)
      for (const fault of faults) violate(`${endpoint}: ${fault}`)
      return login.start(query, call.body, call.method)
    }
    if (endpoint === 'get_qrcode_status') {
      for (const fault of appFaults(headers)) violate(`${endpoint}: ${fault}`)
      return login.status(query, call.redirected, gone)
    }
    const account = callerOf(call)
    if (!account) return sessionOver()
    const body = objectOf(call.body)
    switch (endpoint) {
      case 'getupdates':
        return updates(account, body, gone)
      case 'sendmessage':
        return send(account, body)
      case 'getuploadurl':
        return uploadUrl(account, body)
      case 'getconfig':
        return config(account, body)
      case 'sendtyping':
        return type(account, body)
      default:
        return json({ ret: 0 })
    }
  }

  return async (call: Call): Promise<Answer> => {
    const made = await answer(call)
    return options.bareIds ? { ...made, body: withBareIds(made.body) } : made
  }
}
