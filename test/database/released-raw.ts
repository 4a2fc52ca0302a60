import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { Place } from '../rigs/databases.ts'

export type RawRow = Readonly<Record<string, unknown>>

/** A database without the code under test: no migration, no translation. */
export interface Raw {
  readonly engine: 'sqlite' | 'postgres'
  rows(query: string): Promise<RawRow[]>
  /** Any number of statements. */
  run(script: string): Promise<void>
  close(): Promise<void>
}

export async function openRaw({ url, path }: Pick<Place, 'url' | 'path'>): Promise<Raw> {
  return url ? openServer(url) : openFile(path)
}

/** Opens, uses and closes one. */
export async function withRaw<T>(
  place: Pick<Place, 'url' | 'path'>,
  use: (raw: Raw) => Promise<T>,
): Promise<T> {
  const raw = await openRaw(place)
  try {
    return await use(raw)
  } finally {
    await raw.close()
  }
}

function openFile(path: string): Raw {
  const file = new Sqlite(path)
  // What a test puts there need not survive a power cut.
  file.pragma('synchronous = OFF')
  return {
    engine: 'sqlite',
    rows: async (query) => file.prepare<[], RawRow>(query).all(),
    async run(script) {
      file.exec(script)
    },
    async close() {
      file.close()
    },
  }
}

async function openServer(url: URL): Promise<Raw> {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  const client = new pg.Client({ connectionString: url.href, types })
  await client.connect()
  return {
    engine: 'postgres',
    rows: async (query) => (await client.query<RawRow>(query)).rows,
    async run(script) {
      await client.query(script)
    },
    close: () => client.end(),
  }
}
