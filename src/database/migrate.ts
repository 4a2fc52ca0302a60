import { type Compilable, CompiledQuery, type Kysely } from 'kysely'
import { type Database, isFault, statement } from './database.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { channels } from './migrations/0002-channels.ts'
import type { Tables } from './tables.ts'

/** In order, by hand; a released migration never changes. */
const migrations: readonly { name: string; build: (sql: Kysely<Tables>) => readonly Compilable[] }[] = [
  { name: '0001-foundation', build: foundation },
  { name: '0002-channels', build: channels },
]

/**
 * Brings the schema up to this version. Each migration is one atomic unit whose first statement claims its name, so
 * that of two processes starting together one does the work and the other goes on.
 * @throws {Error} when the database was written by a newer version
 */
export async function migrate(database: Database): Promise<void> {
  const { sql } = database
  const table = sql.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
  // PostgreSQL looks before it creates: of two processes that do so at once, one would fail.
  const oneByOne = {
    query: CompiledQuery.raw("select pg_advisory_xact_lock(hashtext('hongyan migrations'))"),
  }
  await database.atomically([...(database.engine === 'postgres' ? [oneByOne] : []), statement(table)])
  const applied = new Set(
    (await sql.selectFrom('migrations').select('name').execute()).map(({ name }) => name),
  )
  const known = new Set(migrations.map(({ name }) => name))
  const newer = [...applied].filter((name) => !known.has(name))
  if (newer.length > 0) {
    throw new Error(
      `The database was written by a newer version of Hongyan (${newer.join(', ')}); start that version.`,
    )
  }
  for (const { name, build } of migrations) {
    if (applied.has(name)) continue
    const claim = sql.insertInto('migrations').values({ name, applied_at: Date.now() })
    try {
      await database.atomically([statement(claim), ...build(sql).map((step) => statement(step))])
    } catch (error) {
      if (!isFault(error, 'unique')) throw error
    }
  }
}
