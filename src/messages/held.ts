import { offline } from '../callbacks/event.ts'
import { record } from '../callbacks/record.ts'
import { isFault } from '../database/database.ts'
import type { LoginDeps } from '../devices/login.ts'
import { findDevicesWithHeld, findHeld, type MessageRow, moveMessage } from './queries.ts'
import { type TellDeps, tell } from './tell.ts'

const BATCH = 200

/**
 * Tells of the messages that waited for the device, where it is online now. Called when it comes online, and when a
 * message was stored for it as one that waits: whichever of the two happens last sees the other.
 */
export async function tellHeld(deps: TellDeps, appId?: string): Promise<void> {
  const { database, wake } = deps
  for (const device of await findDevicesWithHeld(database, appId)) {
    for (;;) {
      const held = await findHeld(database, device.app_id, BATCH)
      if (held.length === 0) break
      await Promise.all(held.map((row) => tellOne(deps, row)))
      wake()
    }
  }
}

async function tellOne(deps: TellDeps, row: MessageRow): Promise<void> {
  const event = tell(deps, {
    tokenId: row.token_id,
    appId: row.app_id,
    fromWxid: row.from_wxid,
    toWxid: row.to_wxid,
    content: row.content,
    msgType: row.msg_type,
    msgId: row.msg_id,
    newMsgId: row.new_msg_id,
    createdAt: row.created_at,
    toldAt: Date.now(),
  })
  try {
    await deps.database.atomically([moveMessage(deps.database, row, ['held'], 'received'), ...event])
    const hint = { appId: row.app_id, peer: row.from_wxid, newMsgId: row.new_msg_id }
    deps.feed.publish(row.token_id, 'message', hint)
  } catch (error) {
    // Another call told of it, or it was withdrawn meanwhile.
    if (!isFault(error, 'guard')) throw error
  }
}

/** What a device's coming and going means for its messages and its caller's server. */
export function presence(deps: TellDeps): Pick<LoginDeps, 'cameOnline' | 'wentOffline'> {
  const { database, ids, callbackForm } = deps
  return {
    cameOnline: ({ appId }) => tellHeld(deps, appId),
    wentOffline({ tokenId, appId, wxid }) {
      const body = offline(callbackForm, { appId, wxid })
      return [
        ...record(database, { id: ids.next(), tokenId, appId, newMsgId: null, body, createdAt: Date.now() }),
      ]
    },
  }
}
