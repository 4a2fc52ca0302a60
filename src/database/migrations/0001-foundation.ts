import { type ColumnDataType, type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

const moment: ColumnDataType = 'bigint'

/** Everything the gateway keeps at its first release. */
export function foundation({ schema }: Kysely<Tables>) {
  const table = (name: keyof Tables) => schema.createTable(name)
  const owned = <T extends string, C extends string>(builder: CreateTableBuilder<T, C>) =>
    builder.addColumn('token_id', 'text', (column) => column.notNull().references('tokens.id'))

  return [
    table('tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addColumn('revoked_at', moment),

    table('callbacks')
      .addColumn('token_id', 'text', (column) => column.primaryKey().references('tokens.id'))
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('set_at', moment, (column) => column.notNull()),

    owned(table('devices').addColumn('app_id', 'text', (column) => column.primaryKey()))
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('wxid', 'text', (column) => column.unique())
      .addColumn('nick_name', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('login_uuid', 'text')
      .addColumn('login_expires_at', moment, (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull()),
    schema.createIndex('devices_by_token').on('devices').columns(['token_id', 'created_at']),

    owned(table('chatrooms').addColumn('chatroom_id', 'text', (column) => column.primaryKey()))
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('owner_wxid', 'text', (column) => column.notNull())
      .addColumn('nick_name', 'text', (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull()),

    table('chatroom_members')
      .addColumn('chatroom_id', 'text', (column) => column.notNull().references('chatrooms.chatroom_id'))
      .addColumn('wxid', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('chatroom_members_key', ['chatroom_id', 'wxid']),
    schema.createIndex('chatroom_members_by_wxid').on('chatroom_members').column('wxid'),

    owned(table('blobs').addColumn('blob_key', 'text', (column) => column.primaryKey()))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('md5', 'text', (column) => column.notNull())
      .addColumn('length', 'bigint', (column) => column.notNull())
      .addColumn('aes_key', 'text', (column) => column.notNull())
      .addColumn('sealed_for', 'text', (column) => column.notNull())
      .addColumn('mime', 'text', (column) => column.notNull())
      .addColumn('extension', 'text', (column) => column.notNull())
      .addColumn('duration_ms', 'bigint')
      .addColumn('width', 'integer')
      .addColumn('height', 'integer')
      .addColumn('video_codec', 'text')
      .addColumn('audio_codec', 'text')
      .addColumn('created_at', moment, (column) => column.notNull()),
    schema.createIndex('blobs_by_content').unique().on('blobs').columns(['token_id', 'sha256', 'sealed_for']),

    owned(table('media').addColumn('file_id', 'text', (column) => column.primaryKey()))
      .addColumn('aes_key', 'text', (column) => column.notNull())
      .addColumn('video_key', 'text', (column) => column.notNull().references('blobs.blob_key'))
      .addColumn('thumb_key', 'text', (column) => column.notNull().references('blobs.blob_key'))
      .addColumn('play_seconds', 'integer', (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addColumn('last_used_at', moment, (column) => column.notNull()),
    schema
      .createIndex('media_by_blobs')
      .unique()
      .on('media')
      .columns(['video_key', 'thumb_key', 'play_seconds']),
    schema.createIndex('media_by_thumb').on('media').column('thumb_key'),
    schema.createIndex('media_by_use').on('media').column('last_used_at'),

    owned(table('sources'))
      .addColumn('url_hash', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('etag', 'text')
      .addColumn('last_modified', 'text')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('checked_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('sources_key', ['token_id', 'url_hash', 'kind']),
    schema.createIndex('sources_by_age').on('sources').column('checked_at'),

    owned(
      table('messages')
        .addColumn('app_id', 'text', (column) => column.notNull().references('devices.app_id'))
        .addColumn('new_msg_id', 'bigint', (column) => column.notNull())
        .addColumn('msg_id', 'bigint', (column) => column.notNull()),
    )
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('from_wxid', 'text', (column) => column.notNull())
      .addColumn('to_wxid', 'text', (column) => column.notNull())
      .addColumn('msg_type', 'integer', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('file_id', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('messages_key', ['new_msg_id', 'app_id']),
    schema
      .createIndex('messages_held')
      .on('messages')
      .columns(['app_id', 'new_msg_id'])
      .where(sql.ref('state'), '=', sql`'held'`),

    owned(table('events').addColumn('id', 'bigint', (column) => column.primaryKey()))
      .addColumn('app_id', 'text', (column) => column.notNull())
      .addColumn('new_msg_id', 'bigint')
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addColumn('settled_at', moment),
    schema
      .createIndex('events_owed')
      .on('events')
      .column('created_at')
      .where(sql.ref('state'), '=', sql`'owed'`),

    table('attempts')
      .addColumn('event_id', 'bigint', (column) => column.notNull().references('events.id'))
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('at', moment, (column) => column.notNull())
      .addColumn('duration_ms', 'integer', (column) => column.notNull())
      .addColumn('status', 'integer')
      .addColumn('error', 'text')
      .addPrimaryKeyConstraint('attempts_key', ['event_id', 'number']),

    table('jobs')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('lane', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('run_at', moment, (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('claimed_by', 'text')
      .addColumn('claimed_until', moment, (column) => column.notNull()),
    schema.createIndex('jobs_by_lane').on('jobs').columns(['lane', 'run_at', 'id']),
    // What makes a lane one job at a time, over all processes.
    schema
      .createIndex('jobs_claimed')
      .unique()
      .on('jobs')
      .column('lane')
      .where(sql.ref('claimed_by'), 'is not', null),

    owned(table('idempotency'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('request_hash', 'text', (column) => column.notNull())
      .addColumn('reply', 'text')
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('expires_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_key', ['token_id', 'key']),
    schema.createIndex('idempotency_by_expiry').on('idempotency').column('expires_at'),

    table('nodes')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('expires_at', moment, (column) => column.notNull()),
  ]
}
