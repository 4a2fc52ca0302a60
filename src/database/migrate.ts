import { type Compilable, CompiledQuery, type Kysely } from 'kysely'
import { version } from '../version.ts'
import { type Database, isFault, statement } from './database.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { channels } from './migrations/0002-channels.ts'
import { conversations } from './migrations/0003-conversations.ts'
import type { Tables } from './tables.ts'

/** In order, by hand; a released migration never changes. */
const migrations: readonly { name: string; build: (sql: Kysely<Tables>) => readonly Compilable[] }[] = [
  { name: '0001-foundation', build: foundation },
  { name: '0002-channels', build: channels },
  { name: '0003-conversations', build: conversations },
]

/**
 * Brings the schema up to this version. Each migration is one atomic unit whose first statement claims its name, so
 * that of two processes starting together one does the work and the other goes on.
 * @throws {Error} when the database was written by a newer version; nothing in it has changed then
 */
export async function migrate(database: Database): Promise<void> {
  const { sql } = database
  const table = sql.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
  // Read by older versions, so it never changes. A table of its own, since databases from before it are about.
  const writers = sql.schema
    .createTable('migrated_by')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('version', 'text', (column) => column.notNull())
  // PostgreSQL looks before it creates: of two processes that do so at once, one would fail.
  const oneByOne = {
    query: CompiledQuery.raw("select pg_advisory_xact_lock(hashtext('hongyan migrations'))"),
  }
  const lock = database.engine === 'postgres' ? [oneByOne] : []
  await database.atomically([...lock, statement(table), statement(writers)])
  const rows = await sql
    .selectFrom('migrations')
    .leftJoin('migrated_by', 'migrated_by.name', 'migrations.name')
    .select(['migrations.name', 'version'])
    .orderBy('migrations.name')
    .execute()
  const known = new Set(migrations.map(({ name }) => name))
  const newer = rows.filter(({ name }) => !known.has(name))
  if (newer.length > 0) throw new Error(tooNew(newer))
  const applied = new Set(rows.map(({ name }) => name))
  for (const { name, build } of migrations) {
    if (applied.has(name)) continue
    const claim = sql.insertInto('migrations').values({ name, applied_at: Date.now() })
    const by = sql.insertInto('migrated_by').values({ name, version })
    try {
      await database.atomically([claim, by, ...build(sql)].map((step) => statement(step)))
    } catch (error) {
      if (!isFault(error, 'unique')) throw error
    }
  }
}

function tooNew(newer: readonly { readonly name: string; readonly version: string | null }[]): string {
  const names = newer.map((each) => (each.version ? `${each.name} of ${each.version}` : each.name))
  return [
    `The database was written by a newer version of Hongyan (${names.join(', ')}); this is ${version}, and it has changed nothing.`,
    'Start the newer version, or go back by restoring the backup from before the upgrade.',
  ].join(' ')
}
