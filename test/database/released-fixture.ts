import { readdirSync, readFileSync } from 'node:fs'
import { Vault } from '../../src/vault.ts'
import type { Raw, RawRow } from './released-raw.ts'
import { type Keyed, secretKey } from './released-story.ts'

const folder = 'test/fixtures/released'

/** What a gateway of an earlier version left. */
export interface Fixture {
  readonly version: string
  readonly engine: string
  readonly calls: readonly Keyed[]
  readonly keptAt: number
  readonly script: string
}

export function fixtures(): readonly Fixture[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const [, version = '', engine = ''] = /^(.+)\.(sqlite|postgres)\.sql$/.exec(name) ?? []
      const script = readFileSync(`${folder}/${name}`, 'utf8')
      const facts: Pick<Fixture, 'calls' | 'keptAt'> = JSON.parse(script.slice(3, script.indexOf('\n')))
      return { ...facts, version, engine, script }
    })
}

/** Puts a fixture into an empty database, as if it had been left ten minutes ago by callers that are where these are. */
export async function restore(
  raw: Raw,
  { script, keptAt }: Fixture,
  at: { readonly receiver: string; readonly network: string },
): Promise<void> {
  await raw.run(script)
  await moveOn(raw, Date.now() - 600_000 - keptAt)
  await raw.run(`update callbacks set url = '${at.receiver}'`)
  const vault = new Vault(Buffer.from(secretKey, 'hex'))
  for (const { app_id, credentials } of await rowsOf(raw, 'sessions')) {
    const place = `session ${app_id}`
    const opened: unknown = JSON.parse(vault.open(String(credentials), place) ?? '')
    const sealed = vault.seal(JSON.stringify(Object.assign({}, opened, { baseUrl: at.network })), place)
    await raw.run(`update sessions set credentials = '${sealed}' where app_id = '${app_id}'`)
  }
}

/** The rows of a table; none where there is no such table. */
export async function rowsOf(raw: Raw, table: string): Promise<RawRow[]> {
  const known = (await columnsOf(raw)).some((column) => column.table === table)
  return known ? raw.rows(`select * from ${table} order by 1, 2`) : []
}

/** Moves every moment that is one. */
async function moveOn(raw: Raw, ms: number): Promise<void> {
  for (const { table, name } of await columnsOf(raw))
    if (/(^|_)(at|since|until)$/.test(name))
      await raw.run(`update ${table} set ${name} = ${name} + ${ms} where ${name} > 0`)
}

async function columnsOf(raw: Raw): Promise<{ table: string; name: string }[]> {
  const rows = await raw.rows(
    raw.engine === 'sqlite'
      ? `select t.name as "table", c.name from sqlite_schema t join pragma_table_info(t.name) c where t.type = 'table'`
      : `select table_name as "table", column_name as name from information_schema.columns where table_schema = 'public'`,
  )
  return rows.map(({ table, name }) => ({ table: String(table), name: String(name) }))
}
