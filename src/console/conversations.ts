import { sql as literal, type RawBuilder } from 'kysely'
import type { Database } from '../database/database.ts'
import type { Row } from '../database/tables.ts'

export type MessageRow = Row<'messages'>

/** The other side of a message, spelled as the index `messages_by_peer` spells it, so that it serves. */
const peer: RawBuilder<string> = literal`(case when direction = 'out' then to_wxid else from_wxid end)`

export const peerOf = ({ direction, to_wxid, from_wxid }: MessageRow): string =>
  direction === 'out' ? to_wxid : from_wxid

export interface Page {
  readonly tokenId: string
  readonly appId: string
  /** Only what is older than this newMsgId. */
  readonly before: number
  readonly limit: number
}

/** The last message of each conversation of a device, the newest first. */
export async function findLastMessages(database: Database, page: Page): Promise<MessageRow[]> {
  const heads = await newestHeads(database, page).execute()
  if (heads.length === 0) return []
  return database.sql
    .selectFrom('messages')
    .selectAll()
    .where(
      'new_msg_id',
      'in',
      heads.map(({ last }) => last),
    )
    .where('app_id', '=', page.appId)
    .where('token_id', '=', page.tokenId)
    .orderBy('new_msg_id', 'desc')
    .execute()
}

/** The conversations that spoke last, as a query. */
export function newestHeads(database: Database, page: Page) {
  return headsOf(database, page).where('last', '<', page.before).orderBy('last', 'desc').limit(page.limit)
}

/** The newest messages of one conversation, the newest first, as a query. */
export function newestMessages(database: Database, page: Page & { readonly peer: string }) {
  return database.sql
    .selectFrom('messages')
    .selectAll()
    .where('app_id', '=', page.appId)
    .where(peer, '=', page.peer)
    .where('new_msg_id', '<', page.before)
    .where('token_id', '=', page.tokenId)
    .orderBy('new_msg_id', 'desc')
    .limit(page.limit)
}

/** The newest message of a device; undefined where it has none. */
export async function findLastId(
  database: Database,
  of: Pick<Page, 'tokenId' | 'appId'>,
): Promise<number | undefined> {
  const row = await headsOf(database, of)
    .clearSelect()
    .select(({ fn }) => fn.max<number | null>('last').as('latest'))
    .executeTakeFirst()
  return row?.latest ?? undefined
}

/**
 * Each conversation of a device and its newest id. Steps from one to the next over the index, so the cost grows with the
 * conversations and not with their messages.
 */
function headsOf({ sql }: Database, { tokenId, appId }: Pick<Page, 'tokenId' | 'appId'>) {
  return sql
    .withRecursive('walk(peer)', (db) =>
      db
        .selectNoFrom(({ selectFrom }) =>
          selectFrom('messages')
            .select(literal<string | null>`min(${peer})`.as('peer'))
            .where('app_id', '=', appId)
            .as('peer'),
        )
        .unionAll(
          db
            .selectFrom('walk')
            .select(({ selectFrom }) =>
              selectFrom('messages')
                .select(literal<string | null>`min(${peer})`.as('peer'))
                .where('app_id', '=', appId)
                .where(peer, '>', literal.ref<string>('walk.peer'))
                .as('peer'),
            )
            .where('walk.peer', 'is not', null),
        ),
    )
    .selectFrom(({ selectFrom }) =>
      selectFrom('walk')
        .select('walk.peer')
        .select(({ selectFrom }) =>
          selectFrom('messages')
            .select(({ fn }) => fn.max<number>('new_msg_id').as('last'))
            .where('app_id', '=', appId)
            .where(peer, '=', literal.ref<string>('walk.peer'))
            .where('token_id', '=', tokenId)
            .as('last'),
        )
        .where('walk.peer', 'is not', null)
        .$castTo<{ peer: string; last: number }>()
        .as('heads'),
    )
    .selectAll()
}
