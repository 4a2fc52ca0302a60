import type { Account } from './accounts.ts'
import { type Answer, json } from './fates.ts'
import type { IlinkOptions } from './options.ts'
import { textOf } from './read.ts'

interface UpdatesPlace {
  readonly options: IlinkOptions
  violate(text: string): void
}

/** The answer to a bot whose session is over. */
export function sessionOver(): Answer {
  return json({ ret: -14, errcode: -14, errmsg: 'session timeout' })
}

/** `getupdates`: held until there is mail, the hold is over, the session dies, or the client goes away. */
export function createUpdates({ options, violate }: UpdatesPlace) {
  return async (account: Account, body: Record<string, unknown>, gone: AbortSignal): Promise<Answer> => {
    const cursor = textOf(body.get_updates_buf)
    if (cursor === undefined) violate('getupdates: get_updates_buf is not a string')
    const from = positionOf(account, cursor ?? '')
    if (from === undefined) violate('getupdates: the rig made no such get_updates_buf for this bot')
    const end = Date.now() + options.holdMs
    for (;;) {
      if (!account.alive) return sessionOver()
      const after = startOf(account, from, options.replay)
      const news = account.mail.filter((each) => each.seq > after)
      const last = news.at(-1)?.seq
      const left = end - Date.now()
      if (last === undefined && left > 0 && !gone.aborted) {
        await waitFor(account, left, gone)
        continue
      }
      const answer = {
        ...(options.updatesRet ? { ret: 0 } : {}),
        msgs: news.map((each) => each.message),
        get_updates_buf:
          last === undefined ? cursor || cursorOf(account, account.delivered) : cursorOf(account, last),
        ...(options.longpollingTimeoutMs ? { longpolling_timeout_ms: options.longpollingTimeoutMs } : {}),
      }
      return json(answer, () => {
        account.delivered = Math.max(account.delivered, last ?? 0)
      })
    }
  }
}

/** The number after which messages are given; an empty or strange cursor means where the delivery stands. */
function startOf(account: Account, from: number | undefined, replay: boolean): number {
  if (from === undefined || from < 0) return account.delivered
  return replay ? from : Math.max(from, account.delivered)
}

function waitFor(account: Account, ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      account.waiting.delete(done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    account.waiting.add(done)
    gone.addEventListener('abort', done)
  })
}

function cursorOf(account: Account, seq: number): string {
  return Buffer.from(`${account.botId} ${seq}`).toString('base64')
}

/** -1 for an empty cursor, `undefined` for one that this bot was never given. */
function positionOf(account: Account, cursor: string): number | undefined {
  if (cursor === '') return -1
  const seq = Number(Buffer.from(cursor, 'base64').toString('latin1').split(' ')[1])
  return cursorOf(account, seq) === cursor ? seq : undefined
}
