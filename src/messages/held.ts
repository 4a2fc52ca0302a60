import { offline } from '../callbacks/event.ts'
import { record } from '../callbacks/record.ts'
import type { Statement } from '../database/database.ts'
import type { LoginDeps } from '../devices/login.ts'
import { findHeld, moveMessage } from './queries.ts'
import { type SendDeps, tell } from './send.ts'

type Presence = Pick<LoginDeps, 'cameOnline' | 'wentOffline'>

/** What a device's coming and going means for its messages and its caller's server. */
export function presence(deps: Pick<SendDeps, 'database' | 'ids' | 'callbackForm'>): Presence {
  const { database, ids, callbackForm } = deps
  return {
    async cameOnline({ appId }) {
      const held = await findHeld(database, appId)
      return held.flatMap((row): Statement[] => [
        moveMessage(database, row, ['held'], 'received'),
        ...tell(deps, {
          tokenId: row.token_id,
          appId,
          fromWxid: row.from_wxid,
          toWxid: row.to_wxid,
          content: row.content,
          msgType: row.msg_type,
          msgId: row.msg_id,
          newMsgId: row.new_msg_id,
          createdAt: row.created_at,
          toldAt: Date.now(),
        }),
      ])
    },
    wentOffline({ tokenId, appId, wxid }) {
      const body = offline(callbackForm, { appId, wxid })
      return [
        ...record(database, { id: ids.next(), tokenId, appId, newMsgId: null, body, createdAt: Date.now() }),
      ]
    },
  }
}
