import type { Account, Accounts } from './accounts.ts'
import { type Answer, json } from './fates.ts'
import { newHex } from './ids.ts'
import type { IlinkOptions } from './options.ts'
import { objectOf } from './read.ts'

interface Qr {
  readonly key: string
  readonly data: string
  readonly madeAt: number
  readonly tokens: readonly string[]
  status: string
  /** The last status that a poll was answered; it is held while nothing is newer. */
  told?: string
  code?: { readonly digits: string; readonly maxWrong: number; wrong: number }
  /** What the phone decided, to take effect once the code is right. */
  confirmed?: { readonly account: Account; readonly status: 'confirmed' | 'binded_redirect' }
  redirect: boolean
  readonly waiting: Set<() => void>
}

interface LoginPlace {
  readonly options: IlinkOptions
  readonly accounts: Accounts
  violate(text: string): void
  /** Base URL and `host:port` of the listener that a redirect names. */
  redirectUrl(): string
  url(): string
}

/** QR codes, their polls, and what phones do with them. */
export function createLogin({ options, accounts, violate, redirectUrl, url }: LoginPlace) {
  const codes: Qr[] = []

  function held(qrData: string): Qr {
    const qr = codes.find((each) => each.data === qrData)
    if (!qr) throw new Error(`no QR code of this rig holds ${qrData}`)
    return qr
  }

  /** The code on a screen, as long as a phone would still take it. */
  function live(qrData: string): Qr {
    const qr = held(qrData)
    const status = statusOf(qr, true)
    if (['wait', 'scaned', 'need_verifycode'].includes(status)) return qr
    throw new Error(`the QR code is of no more use: ${status}`)
  }

  function change(qr: Qr, status: string): void {
    qr.status = status
    for (const wake of qr.waiting) wake()
  }

  /** Held until the status is news to the caller, or the hold is over. */
  async function news(qr: Qr, redirected: boolean, gone: AbortSignal): Promise<string> {
    const end = Date.now() + options.qrHoldMs
    for (;;) {
      const status = statusOf(qr, redirected)
      const left = Math.min(end - Date.now(), options.qrHoldMs)
      if (status !== (qr.told ?? 'wait') || left <= 0 || gone.aborted) return status
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left)
        function done() {
          clearTimeout(timer)
          qr.waiting.delete(done)
          gone.removeEventListener('abort', done)
          resolve()
        }
        qr.waiting.add(done)
        gone.addEventListener('abort', done)
      })
    }
  }

  function statusOf(qr: Qr, redirected: boolean): string {
    const old = options.now() - qr.madeAt >= options.qrLifetimeMs
    if (old && ['wait', 'scaned', 'need_verifycode'].includes(qr.status)) qr.status = 'expired'
    if (qr.status === 'confirmed' && qr.redirect && !redirected) return 'scaned_but_redirect'
    return qr.status
  }

  function tryCode(qr: Qr, digits: string): void {
    if (!qr.code || qr.status !== 'need_verifycode') return
    delete qr.told
    if (digits === qr.code.digits) {
      delete qr.code
      qr.status = 'scaned'
      return
    }
    qr.code.wrong += 1
    if (qr.code.wrong >= qr.code.maxWrong) qr.status = 'verify_code_blocked'
  }

  function settle(qr: Qr): void {
    if (qr.confirmed && !qr.code) change(qr, qr.confirmed.status)
  }

  return {
    start(query: URLSearchParams, body: unknown, method: string): Answer {
      if (query.get('bot_type') !== '3') {
        violate('get_bot_qrcode: bot_type is not 3')
        return json({ ret: 2, errmsg: 'invalid bot_type' })
      }
      const list: unknown = objectOf(body).local_token_list ?? []
      const tokens = Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
      if (method === 'POST' && (!Array.isArray(list) || tokens.length !== list.length || list.length > 10)) {
        violate('get_bot_qrcode: local_token_list is not a list of at most 10 tokens')
      }
      const key = newHex(16)
      const data = `https://liteapp.weixin.qq.com/q/${newHex(6)}?qrcode=${key}&bot_type=3`
      codes.push({
        key,
        data,
        madeAt: options.now(),
        tokens,
        status: 'wait',
        redirect: false,
        waiting: new Set(),
      })
      return json({ ret: 0, qrcode: key, qrcode_img_content: data })
    },

    async status(query: URLSearchParams, redirected: boolean, gone: AbortSignal): Promise<Answer> {
      const qr = codes.find((each) => each.key === query.get('qrcode'))
      if (!qr) {
        violate('get_qrcode_status: the rig made no such qrcode')
        return json({ ret: 0, status: 'expired' })
      }
      if (qr.told === 'scaned_but_redirect' && !redirected) {
        violate('get_qrcode_status: the poll stays on the host that named another')
      }
      const digits = query.get('verify_code')
      if (digits !== null) tryCode(qr, digits)
      const status = await news(qr, redirected, gone)
      qr.told = status
      if (status === 'scaned') settle(qr)
      if (status === 'scaned_but_redirect') {
        return json({ ret: 0, status, redirect_host: new URL(redirectUrl()).host })
      }
      if (status !== 'confirmed' || !qr.confirmed) return json({ ret: 0, status })
      const { account } = qr.confirmed
      qr.status = 'expired'
      return json({
        ret: 0,
        status,
        bot_token: account.token,
        ilink_bot_id: account.botId,
        baseurl: redirected ? redirectUrl() : url(),
        ilink_user_id: account.userId,
      })
    },

    scan: (qrData: string) => change(live(qrData), 'scaned'),
    expire: (qrData: string) => change(held(qrData), 'expired'),
    requireCode(qrData: string, digits: string, maxWrong: number): void {
      const qr = live(qrData)
      qr.code = { digits, maxWrong, wrong: 0 }
      change(qr, 'need_verifycode')
    },
    confirm(qrData: string, userId: string, redirect: boolean): Account {
      const qr = live(qrData)
      const bound = accounts.all.find(
        (each) => each.userId === userId && each.alive && qr.tokens.includes(each.token),
      )
      qr.redirect = redirect
      qr.confirmed = bound
        ? { account: bound, status: 'binded_redirect' }
        : { account: accounts.bind(userId), status: 'confirmed' }
      settle(qr)
      return qr.confirmed.account
    },
  }
}
