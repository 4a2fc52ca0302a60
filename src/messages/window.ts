import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'
import { GatewayError } from '../errors.ts'

/** After WeChat said that it is enough: tries during a block lengthen it (iLink sheet 10), milliseconds. */
const BLOCK_MS = 300_000
/** A send whose turn is further away is refused rather than kept waiting, milliseconds. */
const MAX_WAIT_MS = 60_000
const HOUR_MS = 3_600_000

export type Contact = Row<'contacts'>

/** Where the context of a contact's messages belongs, for the vault. */
export const contextPlace = (appId: string, wxid: string): string => `context ${appId} ${wxid}`

export type WindowRules = Pick<Config, 'ilinkPaceMs' | 'ilinkQuota' | 'ilinkWindowHours'>

/**
 * What a network allows a device to send to one contact: only to somebody who wrote within so many hours, so many
 * messages for each of theirs, so much time between two (iLink sheet 8 and 11). Kept in the contact's row.
 */
export class SendWindow {
  readonly #database: Database
  readonly #rules: WindowRules

  constructor(database: Database, rules: WindowRules) {
    this.#database = database
    this.#rules = rules
  }

  /**
   * The contact, when it can be written to now.
   * @throws {GatewayError} window_closed, window_used, channel_limited; each says what lifts it
   */
  async open(appId: string, wxid: string): Promise<Contact> {
    const contact = await this.#find(appId, wxid)
    const fault = this.#fault(contact, wxid)
    if (fault) throw fault
    if (!contact) throw new Error('a contact without a row was let through')
    return contact
  }

  /**
   * Takes one of the messages that are left, and waits for its turn.
   * @param isGone whether the caller has hung up meanwhile
   * @param signal ends the waiting
   * @returns the contact as it is by then
   * @throws {GatewayError} as `open`, or caller_gone, or the abort reason; then none was taken
   */
  async take({ app_id, wxid }: Contact, isGone: () => boolean, signal?: AbortSignal): Promise<Contact> {
    const now = Date.now()
    const { ilinkPaceMs } = this.#rules
    const taken = await this.#database.sql
      .updateTable('contacts')
      .set(({ eb, case: when }) => ({
        sends_left: eb('sends_left', '-', 1),
        next_send_at: when()
          .when('next_send_at', '>', now)
          .then(eb('next_send_at', '+', ilinkPaceMs))
          .else(now + ilinkPaceMs)
          .end(),
      }))
      .where('app_id', '=', app_id)
      .where('wxid', '=', wxid)
      .where('sends_left', '>', 0)
      .where('heard_at', '>', now - this.#windowMs)
      .where('blocked_until', '<=', now)
      .where('next_send_at', '<=', now + MAX_WAIT_MS)
      .returningAll()
      .executeTakeFirst()
    if (!taken) {
      await this.open(app_id, wxid)
      throw new GatewayError('channel_limited', {
        reason: `发给 ${wxid} 的消息排队已超过 ${MAX_WAIT_MS / 1000} 秒，请放慢发送速度后再试`,
      })
    }
    const waitMs = taken.next_send_at - ilinkPaceMs - now
    await pause(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined)
    const contact = waitMs > 0 ? ((await this.#find(app_id, wxid)) ?? taken) : taken
    // What was refused to the sends before would be refused to this one, and lengthen the block.
    const fault = isGone() ? callerGone() : this.#blocked(contact)
    if (!fault && !signal?.aborted) return contact
    await this.giveBack(contact)
    signal?.throwIfAborted()
    throw fault
  }

  /** Gives one back that was certainly not sent; not to the quota of a message that came since. */
  async giveBack({ app_id, wxid, heard_at }: Contact): Promise<void> {
    await this.#database.sql
      .updateTable('contacts')
      .set(({ eb }) => ({ sends_left: eb('sends_left', '+', 1) }))
      .where('app_id', '=', app_id)
      .where('wxid', '=', wxid)
      .where('heard_at', '=', heard_at)
      .where('sends_left', '<', this.#rules.ilinkQuota)
      .execute()
  }

  /** WeChat refused: nothing more until the contact writes again, or a while has passed. */
  async block({ app_id, wxid, heard_at }: Contact): Promise<void> {
    await this.#database.sql
      .updateTable('contacts')
      .set({ blocked_until: Date.now() + BLOCK_MS })
      .where('app_id', '=', app_id)
      .where('wxid', '=', wxid)
      .where('heard_at', '=', heard_at)
      .execute()
  }

  #find(appId: string, wxid: string): Promise<Contact | undefined> {
    return this.#database.sql
      .selectFrom('contacts')
      .selectAll()
      .where('app_id', '=', appId)
      .where('wxid', '=', wxid)
      .executeTakeFirst()
  }

  get #windowMs(): number {
    return this.#rules.ilinkWindowHours * HOUR_MS
  }

  #fault(contact: Contact | undefined, wxid: string): GatewayError | undefined {
    const now = Date.now()
    const { ilinkWindowHours, ilinkQuota } = this.#rules
    if (!contact || contact.heard_at === 0) {
      return new GatewayError('window_closed', {
        reason: `${wxid.slice(0, 64)} 在这次登录后还没有给此设备写过消息；微信只允许机器人回复写给它的人，请对方先发一条`,
      })
    }
    if (contact.heard_at <= now - this.#windowMs) {
      return new GatewayError('window_closed', {
        reason: `${wxid} 上一次来消息是 ${shown(contact.heard_at)}，已超过 ${ilinkWindowHours} 小时；请对方再发一条消息后重试`,
      })
    }
    const blocked = this.#blocked(contact)
    if (blocked || contact.sends_left > 0) return blocked
    return new GatewayError('window_used', {
      reason: `${wxid} 上一条消息（${shown(contact.heard_at)}）之后可发的 ${ilinkQuota} 条已用完，还剩 0 条；请对方再发一条消息后重试`,
    })
  }

  #blocked({ wxid, blocked_until }: Contact): GatewayError | undefined {
    const leftMs = blocked_until - Date.now()
    if (leftMs <= 0) return undefined
    const seconds = Math.ceil(leftMs / 1000)
    return new GatewayError('channel_limited', {
      reason: `微信刚刚限制了发给 ${wxid} 的消息，请在 ${seconds} 秒后重试，或等对方再发一条`,
    })
  }
}

function callerGone(): GatewayError {
  return new GatewayError('caller_gone', {
    reason: '调用方在消息发出前断开了连接，消息没有发出，重试会很快',
  })
}

/** A moment as people in China read it. */
function shown(moment: number): string {
  return new Date(moment).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false })
}
