import { CompiledQuery } from 'kysely'
import { expect, it } from 'vitest'
import { type Database, statement } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { foundation } from '../../src/database/migrations/0001-foundation.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { describeEachEngine, type Place } from '../rigs/databases.ts'

/** A database as the first version left it, with one video in it. */
async function firstVersion({ url, path }: Place): Promise<Database> {
  const database = url ? openPostgres(url) : openSqlite(path)
  const raw = (sql: string) => ({ query: CompiledQuery.raw(sql) })
  await database.atomically([
    raw('create table migrations (name text primary key, applied_at bigint not null)'),
    ...foundation(database.sql).map((step) => statement(step)),
    raw("insert into migrations values ('0001-foundation', 1)"),
    raw("insert into tokens values ('tok', '', 'hash', 1, null)"),
    ...['video', 'thumb'].map((kind) =>
      raw(
        `insert into blobs values ('blob-${kind}', 'tok', '${kind}', 'sha-${kind}', 'md5', 10, 'key', '', 'video/mp4', 'mp4', 9000, 16, 9, 'avc', 'aac', 1)`,
      ),
    ),
    raw("insert into media values ('file', 'tok', 'key', 'blob-video', 'blob-thumb', 9, 1, 2)"),
  ])
  return database
}

describeEachEngine('a database of the first version', ({ place }) => {
  it('keeps its videos as media that can be sent', async () => {
    const database = await firstVersion(await place())
    try {
      await migrate(database)
      expect(await database.sql.selectFrom('media').selectAll().execute()).toEqual([
        {
          file_id: 'file',
          token_id: 'tok',
          kind: 'video',
          name: '',
          aes_key: 'key',
          body_key: 'blob-video',
          thumb_key: 'blob-thumb',
          play_seconds: 9,
          created_at: 1,
          last_used_at: 2,
        },
      ])
    } finally {
      await database.close()
    }
  })

  it('takes a picture without a thumbnail afterwards, and still refuses media without bytes', async () => {
    const database = await firstVersion(await place())
    const media = (file_id: string, body_key: string) =>
      database.sql
        .insertInto('media')
        .values({
          file_id,
          token_id: 'tok',
          kind: 'file',
          name: 'a.pdf',
          aes_key: 'key',
          body_key,
          thumb_key: null,
          play_seconds: 0,
          created_at: 1,
          last_used_at: 1,
        })
        .execute()
    try {
      await migrate(database)
      await media('other', 'blob-video')
      await expect(media('third', 'no such blob')).rejects.toMatchObject({ fault: 'foreign' })
    } finally {
      await database.close()
    }
  })
})
