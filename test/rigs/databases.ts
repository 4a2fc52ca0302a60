import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, inject } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openDatabase } from '../../src/database/open.ts'
import type {} from './postgres-setup.ts'

/** Where one database lives; empty until it is opened. */
export interface Place {
  readonly url: URL | undefined
  readonly path: string
  /** Opens it once more, as another process would. */
  open(): Promise<Database>
  /** Closes whatever was opened and drops the database. */
  dispose(): Promise<void>
}

interface Engine {
  readonly name: Database['engine']
  place(): Promise<Place>
  /** A fresh, migrated database. */
  open(): Promise<{ database: Database; dispose(): Promise<void> }>
}

/** The engines at hand: SQLite always, PostgreSQL as postgres-setup.ts found it. */
export function engines(): readonly Engine[] {
  const server = inject('postgresUrl')
  const sqlite = engine('sqlite', sqlitePlace)
  return server ? [sqlite, engine('postgres', () => postgresPlace(server))] : [sqlite]
}

interface Rig {
  /** A fresh, migrated database, disposed of after the test. */
  open(): Promise<Database>
  /** A fresh place, disposed of after the test. */
  place(): Promise<Place>
}

/** The same suite on every engine at hand. */
export function describeEachEngine(title: string, suite: (rig: Rig) => void): void {
  describe.each(engines().map((each) => ({ name: each.name, each })))(`${title} ($name)`, ({ each }) => {
    const places: Place[] = []
    const place = async () => {
      const made = await each.place()
      places.push(made)
      return made
    }
    afterEach(async () => {
      await Promise.all(places.splice(0).map((used) => used.dispose()))
    })
    suite({ place, open: async () => (await place()).open() })
  })
}

function engine(name: Database['engine'], place: () => Promise<Place>): Engine {
  return {
    name,
    place,
    async open() {
      const made = await place()
      return { database: await made.open(), dispose: () => made.dispose() }
    },
  }
}

async function sqlitePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-db-'))
  return placeAt(undefined, join(folder, 'hongyan.db'), async () =>
    rmSync(folder, { recursive: true, force: true }),
  )
}

async function postgresPlace(server: string): Promise<Place> {
  const name = `hongyan_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return placeAt(url, '', () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`))
}

function placeAt(url: URL | undefined, path: string, drop: () => Promise<void>): Place {
  const opened: Database[] = []
  return {
    url,
    path,
    async open() {
      const database = await openDatabase(url, path)
      opened.push(database)
      return database
    },
    async dispose() {
      // A test may have closed it itself; a pool that is closed twice complains.
      await Promise.allSettled(opened.map((database) => database.close()))
      await drop()
    },
  }
}

async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
