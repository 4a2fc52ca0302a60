import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

/** Stands in a query for a value that is named now and given later. */
class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * Compiles a query once per database and afterwards only fills in its values: building the same text for every
 * request costs more than running it.
 * @param build gets a stand-in for every value; it may use each where a value of its type may stand
 */
export function prepared<P extends object>(
  build: (sql: Kysely<Tables>, values: P) => Compilable,
): (database: Database, values: P) => CompiledQuery {
  const compiled = new WeakMap<Database, { query: CompiledQuery; names: readonly (string | undefined)[] }>()

  const compile = (database: Database) => {
    const standIns = new Proxy({} as P, { get: (_, name) => new Placeholder(String(name)) })
    const query = build(database.sql, standIns).compile()
    const names = query.parameters.map((value) => (value instanceof Placeholder ? value.name : undefined))
    const entry = { query, names }
    compiled.set(database, entry)
    return entry
  }

  return (database, values) => {
    const { query, names } = compiled.get(database) ?? compile(database)
    const byName = values as Record<string, unknown>
    const parameters: unknown[] = []
    for (const name of names) {
      parameters.push(name === undefined ? query.parameters[parameters.length] : byName[name])
    }
    return { sql: query.sql, parameters, query: query.query, queryId: query.queryId }
  }
}
