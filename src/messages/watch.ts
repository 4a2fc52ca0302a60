import type { Database } from '../database/database.ts'
import type { Feed } from '../feed.ts'
import { firstIdAt } from '../ids.ts'
import type { Log } from '../log.ts'

/** How often the rows are looked at, milliseconds. */
const LOOK_MS = 1000
/** A message changes its state within two minutes, or hardly ever. */
const RECENT_MS = 130_000
/** Rows in one look; what lies further back is found when a page asks anew. */
const MOST = 1000

interface WatchDeps {
  readonly database: Database
  readonly feed: Feed
  readonly log: Log
}

/**
 * Where several processes share a database, each publishes at once what it does itself; what the others do is found in
 * the rows, while somebody follows. What this process did is found there too, so that some hints come twice.
 * @returns ends it
 */
export function watchOthers({ database, feed, log }: WatchDeps): () => Promise<void> {
  /** The state of each recent message as it was last published. */
  let known = new Map<string, string>()
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    if (looking || feed.followed().length === 0) return
    looking = look()
      .catch((error: unknown) => log.debug({ err: error }, 'other processes were not looked for'))
      .finally(() => {
        looking = undefined
      })
  }, LOOK_MS).unref()

  const look = async () => {
    const rows = await database.sql
      .selectFrom('messages')
      .select(['token_id', 'app_id', 'new_msg_id', 'direction', 'from_wxid', 'to_wxid', 'state'])
      .where('new_msg_id', '>', firstIdAt(Date.now() - RECENT_MS))
      .where('token_id', 'in', feed.followed())
      .orderBy('new_msg_id', 'desc')
      .limit(MOST)
      .execute()
    const now = new Map<string, string>()
    for (const row of rows.reverse()) {
      const { token_id, app_id: appId, new_msg_id: newMsgId, state } = row
      const key = `${appId} ${newMsgId}`
      now.set(key, state)
      const peer = row.direction === 'out' ? row.to_wxid : row.from_wxid
      if (known.get(key) !== state) feed.publish(token_id, 'message', { appId, peer, newMsgId })
    }
    known = now
  }

  return async () => {
    clearInterval(timer)
    await looking
  }
}
