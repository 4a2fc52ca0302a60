import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What a person looks at: the messages of one conversation, the events of one token, and who is signed in to look. */
export function conversations({ schema }: Kysely<Tables>) {
  return [
    schema
      .createIndex('messages_by_peer')
      .on('messages')
      .column('app_id')
      // The other side of a message; queries must spell it in the same way.
      .expression(sql`(case when direction = 'out' then to_wxid else from_wxid end)`)
      .column('new_msg_id'),
    schema.createIndex('events_by_token').on('events').columns(['token_id', 'id']),
    schema
      .createIndex('events_failed')
      .on('events')
      .columns(['token_id', 'id'])
      .where(sql.ref('state'), '=', sql`'failed'`),

    schema
      .createTable('browser_sessions')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('token_id', 'text', (column) => column.notNull().references('tokens.id'))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull()),
    schema.createIndex('browser_sessions_by_expiry').on('browser_sessions').column('expires_at'),
  ]
}
