import { addMsg, type CallbackForm } from '../callbacks/event.ts'
import { record } from '../callbacks/record.ts'
import type { Database, Statement } from '../database/database.ts'
import type { Feed } from '../feed.ts'
import { type Ids, msgSeqOf } from '../ids.ts'

/** What it takes to owe a caller's server an event. */
export interface TellDeps {
  readonly database: Database
  readonly ids: Ids
  readonly callbackForm: CallbackForm
  /** Something was put into the jobs. */
  readonly wake: () => void
  /** Whoever looks is told of what was written. */
  readonly feed: Pick<Feed, 'publish'>
}

/** A message that a device received, as its caller's server is told of it. */
export interface Received {
  readonly tokenId: string
  readonly appId: string
  readonly fromWxid: string
  /** The device's own wxid. */
  readonly toWxid: string
  readonly content: string
  readonly msgType: number
  readonly msgId: number
  readonly newMsgId: number
  readonly createdAt: number
  /** When its server is first told, where that is not when it was sent: the retries count from then. */
  readonly toldAt?: number
  /** What a phone would show, "name : words"; a revoke has none. */
  readonly pushContent?: string
}

/** The event of a received message, for the unit that makes it received. */
export function tell({ database, ids, callbackForm }: TellDeps, received: Received): readonly Statement[] {
  const { tokenId, appId, newMsgId, createdAt, toWxid } = received
  const body = addMsg(callbackForm, { ...received, wxid: toWxid, msgSeq: msgSeqOf(newMsgId) })
  const at = received.toldAt ?? createdAt
  return record(database, { id: ids.next(), tokenId, appId, newMsgId, body, createdAt: at })
}
