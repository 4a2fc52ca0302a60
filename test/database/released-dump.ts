import type { Raw, RawRow } from './released-raw.ts'

/** The statements that make a database anew: first what holds the rows, then the rows, then what binds them. */
interface Statements {
  readonly tables: ReadonlyMap<string, string>
  readonly bonds: readonly string[]
}

/** The whole database as SQL that the same engine runs, in an order that does not change. */
export async function dumpOf(raw: Raw): Promise<string> {
  const { tables, bonds } = await statementsOf(raw)
  const rows: string[] = []
  for (const table of tables.keys())
    for (const row of await raw.rows(`select * from ${table} order by 1, 2`))
      rows.push(`INSERT INTO ${table} VALUES (${Object.values(row).map(literal).join(', ')});`)
  const unbound = raw.engine === 'sqlite' ? ['PRAGMA foreign_keys = OFF;'] : []
  return [...unbound, ...tables.values(), ...rows, ...bonds, ''].join('\n')
}

/** Every table that has no row. */
export async function emptyTablesOf(raw: Raw): Promise<string[]> {
  const { tables } = await statementsOf(raw)
  const empty: string[] = []
  for (const table of tables.keys())
    if ((await raw.rows(`select 1 from ${table} limit 1`)).length === 0) empty.push(table)
  return empty
}

/** Columns, keys, references and indexes, as the engine itself tells of them. */
export async function schemaOf(raw: Raw): Promise<unknown> {
  if (raw.engine === 'postgres') {
    const { tables, bonds } = await statementsOf(raw)
    return [...tables.values(), ...bonds]
  }
  const ofTables = (columns: string, source: string) =>
    raw.rows(`select t.name as "table", ${columns} from sqlite_schema t join ${source} where t.type = 'table'
      order by 1, 2, 3`)
  const indexes = await raw.rows("select name, sql from sqlite_schema where type = 'index' order by name")
  return {
    columns: await ofTables(
      'x.cid, x.name, x.type, x."notnull", x.dflt_value, x.pk',
      'pragma_table_xinfo(t.name) x',
    ),
    references: await ofTables('x."from", x."table" as "of", x."to"', 'pragma_foreign_key_list(t.name) x'),
    indexed: await ofTables(
      'l.name, x.seqno, x.name as "column", x."desc", l."unique", l.origin, l.partial',
      'pragma_index_list(t.name) l join pragma_index_xinfo(l.name) x',
    ),
    // Expressions and conditions are told nowhere else.
    indexes: indexes.map(({ name, sql }) => `${name}: ${String(sql).replace(/["\s]/g, '').toLowerCase()}`),
  }
}

const statementsOf = (raw: Raw): Promise<Statements> =>
  raw.engine === 'sqlite' ? fileStatements(raw) : serverStatements(raw)

async function fileStatements(raw: Raw): Promise<Statements> {
  const rows = await raw.rows('select type, name, sql from sqlite_schema where sql is not null order by name')
  const made = (type: string) => rows.filter((row) => row.type === type)
  return {
    tables: new Map(made('table').map(({ name, sql }) => [String(name), `${sql};`])),
    bonds: made('index').map(({ sql }) => `${sql};`),
  }
}

async function serverStatements(raw: Raw): Promise<Statements> {
  const columns = await raw.rows(`select c.relname as "table", string_agg(a.attname || ' ' ||
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end,
      ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
    group by c.relname order by c.relname collate "C"`)
  // Those that others refer to come first.
  const constraints = await raw.rows(`select conrelid::regclass::text as "table", conname as name,
      pg_get_constraintdef(oid) as rule
    from pg_constraint where connamespace = 'public'::regnamespace
    order by contype = 'f', conrelid::regclass::text collate "C", conname collate "C"`)
  const indexes = await raw.rows(`select pg_get_indexdef(indexrelid) as sql from pg_index
    where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
      and not exists (select 1 from pg_constraint where conindid = indexrelid)
    order by indexrelid::regclass::text collate "C"`)
  const bind = (row: RawRow) => `ALTER TABLE ${row.table} ADD CONSTRAINT ${row.name} ${row.rule};`
  return {
    tables: new Map(columns.map((row) => [String(row.table), `CREATE TABLE ${row.table} (${row.columns});`])),
    bonds: [...constraints.map(bind), ...indexes.map(({ sql }) => `${sql};`)],
  }
}

function literal(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  throw new Error(`no column of ours holds a ${typeof value}`)
}
