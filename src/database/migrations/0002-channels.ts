import { type ColumnDataType, type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

const moment: ColumnDataType = 'bigint'

/** Networks beyond the process, and media that are no videos. */
export function channels(database: Kysely<Tables>) {
  const { schema } = database
  const ofDevice = (name: keyof Tables) =>
    schema
      .createTable(name)
      .addColumn('app_id', 'text', (column) => column.notNull().references('devices.app_id'))

  return [
    // SQLite cannot drop a NOT NULL; nothing refers to the table by a foreign key.
    schema
      .createTable('media_new')
      .addColumn('file_id', 'text', (column) => column.primaryKey())
      .addColumn('token_id', 'text', (column) => column.notNull().references('tokens.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('aes_key', 'text', (column) => column.notNull())
      .addColumn('body_key', 'text', (column) => column.notNull().references('blobs.blob_key'))
      .addColumn('thumb_key', 'text', (column) => column.references('blobs.blob_key'))
      .addColumn('play_seconds', 'integer', (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addColumn('last_used_at', moment, (column) => column.notNull()),
    {
      compile: () =>
        sql`insert into media_new select file_id, token_id, 'video', '', aes_key, video_key, thumb_key, play_seconds,
          created_at, last_used_at from media`.compile(database),
    },
    schema.dropTable('media'),
    schema.alterTable('media_new').renameTo('media'),
    schema
      .createIndex('media_by_blobs')
      .unique()
      .on('media')
      .columns(['body_key', 'play_seconds', 'name'])
      // Of what has no thumbnail there is one too: a NULL would equal no other.
      .expression(sql`coalesce(thumb_key, '')`),
    schema.createIndex('media_by_thumb').on('media').column('thumb_key'),
    schema.createIndex('media_by_use').on('media').column('last_used_at'),

    ofDevice('remote_files')
      .addColumn('file_id', 'text', (column) => column.primaryKey())
      .addColumn('token_id', 'text', (column) => column.notNull().references('tokens.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('extension', 'text', (column) => column.notNull())
      .addColumn('aes_key', 'text', (column) => column.notNull())
      .addColumn('sealed', 'integer', (column) => column.notNull())
      .addColumn('md5', 'text')
      .addColumn('locator', 'text', (column) => column.notNull())
      .addColumn('thumb_aes_key', 'text')
      .addColumn('thumb_locator', 'text')
      .addColumn('duration_ms', 'bigint')
      .addColumn('created_at', moment, (column) => column.notNull()),
    schema.createIndex('remote_files_by_age').on('remote_files').column('created_at'),

    ofDevice('uploads')
      .addColumn('file_id', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('uploaded_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('uploads_key', ['app_id', 'file_id']),

    ofDevice('logins')
      .addColumn('uuid', 'text', (column) => column.notNull())
      .addColumn('login', 'text', (column) => column.notNull())
      .addColumn('phase', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('reason', 'text')
      .addColumn('holder', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('logins_key', ['app_id']),

    ofDevice('sessions')
      .addColumn('credentials', 'text', (column) => column.notNull())
      .addColumn('cursor', 'text', (column) => column.notNull())
      .addColumn('hold_ms', 'integer')
      .addColumn('holder', 'text')
      .addColumn('failing_since', moment)
      .addColumn('dead_since', moment)
      .addColumn('probe_at', moment, (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('sessions_key', ['app_id']),

    ofDevice('contacts')
      .addColumn('wxid', 'text', (column) => column.notNull())
      .addColumn('nick_name', 'text', (column) => column.notNull())
      .addColumn('context', 'text')
      .addColumn('heard_at', moment, (column) => column.notNull())
      .addColumn('sends_left', 'integer', (column) => column.notNull())
      .addColumn('next_send_at', moment, (column) => column.notNull())
      .addColumn('blocked_until', moment, (column) => column.notNull())
      .addColumn('created_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('contacts_key', ['app_id', 'wxid']),

    ofDevice('inbox')
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('sent_at', moment, (column) => column.notNull())
      .addColumn('received_at', moment, (column) => column.notNull())
      .addPrimaryKeyConstraint('inbox_key', ['app_id', 'message_id']),
    schema.createIndex('inbox_by_content').on('inbox').columns(['app_id', 'fingerprint']),
    schema.createIndex('inbox_by_age').on('inbox').column('received_at'),

    schema.alterTable('messages').addColumn('remote_id', 'text'),
    schema.alterTable('messages').addColumn('holder', 'text'),
    schema.alterTable('messages').addColumn('failure', 'text'),
    schema
      .createIndex('messages_by_remote')
      .on('messages')
      .columns(['app_id', 'remote_id'])
      .where(sql.ref('remote_id'), 'is not', null),
    schema
      .createIndex('messages_pending')
      .on('messages')
      .column('new_msg_id')
      .where(sql.ref('state'), '=', sql`'pending'`),

    schema.alterTable('idempotency').addColumn('fallback', 'text'),
  ]
}
