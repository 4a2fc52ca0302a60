import type { Inbound } from '../channels/channel.ts'
import { type Database, type Statement, statement } from '../database/database.ts'
import type { NamedDevice } from '../devices/device.ts'
import type { Vault } from '../vault.ts'
import { contextPlace } from './window.ts'

interface HeardDeps {
  readonly database: Database
  readonly vault: Vault
  readonly quota: number
}

/** Somebody wrote: they are a contact from now on, and may be written to. */
export function heard(
  { database, vault, quota }: HeardDeps,
  { app_id: appId }: NamedDevice,
  { fromWxid, context, sentAt }: Inbound,
  now: number,
): { readonly statement: Statement; readonly nickName: string } {
  const sealed = context === undefined ? null : vault.seal(context, contextPlace(appId, fromWxid))
  // The window counts from when it was written; a phone's clock may run ahead of ours.
  const heardAt = Math.min(sentAt, now)
  const nickName = nameOf(fromWxid)
  const row = {
    app_id: appId,
    wxid: fromWxid,
    nick_name: nickName,
    context: sealed,
    heard_at: heardAt,
    sends_left: quota,
    next_send_at: 0,
    blocked_until: 0,
    created_at: now,
  }
  const upsert = database.sql
    .insertInto('contacts')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['app_id', 'wxid']).doUpdateSet(({ case: when, ref }) => ({
        ...(sealed === null ? {} : { context: sealed }),
        heard_at: when()
          .when('contacts.heard_at', '>', heardAt)
          .then(ref('contacts.heard_at'))
          .else(heardAt)
          .end(),
        sends_left: quota,
        blocked_until: 0,
      })),
    )
  return { statement: statement(upsert), nickName }
}

/** The protocol tells no names: enough of the id to know one from another. */
function nameOf(wxid: string): string {
  return `微信用户${wxid.split('@', 1)[0]?.slice(-4) ?? ''}`
}
