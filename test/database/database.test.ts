import { describe, expect, it } from 'vitest'
import { type Database, DatabaseError, statement } from '../../src/database/database.ts'
import { prepared } from '../../src/database/prepared.ts'
import { describeEachEngine } from '../rigs/databases.ts'

const token = (id: string, hash = `hash of ${id}`) => ({
  id,
  name: 'n',
  hash,
  created_at: 1_900_000_000_000,
  revoked_at: null,
})
const addToken = ({ sql }: Database, id: string, hash?: string) =>
  statement(sql.insertInto('tokens').values(token(id, hash)))
const ids = async ({ sql }: Database) =>
  (await sql.selectFrom('tokens').select('id').orderBy('id').execute()).map(({ id }) => id)
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error) => (error instanceof DatabaseError ? error.fault : `not translated: ${error}`),
  )

describeEachEngine('a database', ({ open, place }) => {
  it('keeps all statements of a unit and returns what each did', async () => {
    const database = await open()
    const results = await database.atomically([
      addToken(database, 'a'),
      addToken(database, 'b'),
      statement(database.sql.updateTable('tokens').set({ name: 'm' })),
      statement(database.sql.selectFrom('tokens').select(['id', 'created_at']).orderBy('id')),
    ])
    expect(results.map(({ changes }) => changes)).toEqual([1, 1, 2, 2])
    expect(results[3]?.rows).toEqual([
      { id: 'a', created_at: 1_900_000_000_000 },
      { id: 'b', created_at: 1_900_000_000_000 },
    ])
  })

  it('undoes the whole unit when one statement fails', async () => {
    const database = await open()
    await database.atomically([addToken(database, 'a')])
    const unit = [addToken(database, 'b'), addToken(database, 'a')]
    expect(await faultOf(database.atomically(unit))).toBe('unique')
    expect(await ids(database)).toEqual(['a'])
  })

  it('undoes the whole unit when a guard finds another number of rows', async () => {
    const database = await open()
    const { sql } = database
    const nobody = statement(sql.updateTable('tokens').set({ name: 'm' }).where('id', '=', 'z'), 1)
    expect(await faultOf(database.atomically([addToken(database, 'a'), nobody]))).toBe('guard')
    const returning = statement(sql.deleteFrom('tokens').where('id', '=', 'z').returning('id'), 1)
    expect(await faultOf(database.atomically([addToken(database, 'a'), returning]))).toBe('guard')
    expect(await ids(database)).toEqual([])
  })

  it('names a broken unique index, key and reference', async () => {
    const database = await open()
    await database.atomically([addToken(database, 'a', 'h')])
    expect(await faultOf(database.atomically([addToken(database, 'b', 'h')]))).toBe('unique')
    expect(await faultOf(database.atomically([addToken(database, 'a', 'other')]))).toBe('unique')
    const orphan = database.sql.insertInto('callbacks').values({ token_id: 'nobody', url: 'u', set_at: 1 })
    expect(await faultOf(database.atomically([statement(orphan)]))).toBe('foreign')
  })

  it('leaves concurrent units alone when one of them fails', async () => {
    const database = await open()
    const never = statement(database.sql.deleteFrom('tokens').where('id', '=', 'z'), 1)
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const first = addToken(database, `t${String(index).padStart(2, '0')}`)
        if (index % 3 === 0) return faultOf(database.atomically([first]))
        if (index % 3 === 1) return faultOf(database.atomically([first, never]))
        return faultOf(database.atomically([first, addToken(database, `twice ${index}`, first.query.sql)]))
      }),
    )
    expect(outcomes.filter((fault) => fault === 'guard')).toHaveLength(10)
    // Of the last kind all but one break the unique hash.
    expect(outcomes.filter((fault) => fault === 'unique')).toHaveLength(9)
    expect(await ids(database)).toHaveLength(12)
  })

  it('keeps a 16-digit id exact', async () => {
    const database = await open()
    const id = 9_007_199_254_740_991
    const { sql } = database
    await sql.insertInto('nodes').values({ number: 1, holder: 'h', expires_at: id }).execute()
    expect(await sql.selectFrom('nodes').select('expires_at').execute()).toEqual([{ expires_at: id }])
  })

  it('shows a committed unit to another process', async () => {
    const shared = await place()
    const [one, two] = [await shared.open(), await shared.open()]
    await one.atomically([addToken(one, 'a')])
    expect(await ids(two)).toEqual(['a'])
  })

  it('finishes what was asked before it closes', async () => {
    const shared = await place()
    const one = await shared.open()
    const asked = one.atomically([addToken(one, 'a'), addToken(one, 'b')])
    await one.ping()
    await Promise.all([asked, one.close()])
    expect(await ids(await shared.open())).toEqual(['a', 'b'])
  })
})

describeEachEngine('migration', ({ place }) => {
  it('is done once when several processes start together', async () => {
    const shared = await place()
    const databases = await Promise.all(Array.from({ length: 4 }, () => shared.open()))
    for (const database of databases) await database.atomically([addToken(database, `${Math.random()}`)])
    const rows = await databases[0]?.sql.selectFrom('migrations').select('name').orderBy('name').execute()
    expect(rows).toEqual([
      { name: '0001-foundation' },
      { name: '0002-channels' },
      { name: '0003-conversations' },
    ])
  })

  it('is not repeated at the next start', async () => {
    const shared = await place()
    const first = await shared.open()
    await first.atomically([addToken(first, 'a')])
    await first.close()
    expect(await ids(await shared.open())).toEqual(['a'])
  })

  it('refuses a database that a newer version wrote, naming the migration', async () => {
    const shared = await place()
    const { sql } = await shared.open()
    await sql.insertInto('migrations').values({ name: '9999-future', applied_at: 1 }).execute()
    await expect(shared.open()).rejects.toThrow(/newer version of Hongyan \(9999-future\)/)
  })
})

describeEachEngine('a prepared query', ({ open }) => {
  it('is built once per database and takes the values of each call', async () => {
    let builds = 0
    const rename = prepared<{ id: string; name: string }>((sql, values) => {
      builds += 1
      return sql.updateTable('tokens').set({ name: values.name }).where('id', '=', values.id)
    })
    for (const database of [await open(), await open()]) {
      await database.atomically([addToken(database, 'a'), addToken(database, 'b')])
      await database.atomically([
        { query: rename(database, { id: 'a', name: 'first' }), changes: 1 },
        { query: rename(database, { name: 'second', id: 'b' }), changes: 1 },
      ])
      expect(await database.sql.selectFrom('tokens').select(['id', 'name']).orderBy('id').execute()).toEqual([
        { id: 'a', name: 'first' },
        { id: 'b', name: 'second' },
      ])
    }
    expect(builds).toBe(2)
  })

  it('keeps fixed values beside given ones, and takes null', async () => {
    const database = await open()
    const revoke = prepared<{ at: number | null }>((sql, { at }) =>
      sql.updateTable('tokens').set({ revoked_at: at, name: 'fixed' }).where('id', '=', 'a'),
    )
    await database.atomically([addToken(database, 'a')])
    const read = () => database.sql.selectFrom('tokens').select(['name', 'revoked_at']).execute()
    await database.atomically([{ query: revoke(database, { at: 7 }) }])
    expect(await read()).toEqual([{ name: 'fixed', revoked_at: 7 }])
    await database.atomically([{ query: revoke(database, { at: null }) }])
    expect(await read()).toEqual([{ name: 'fixed', revoked_at: null }])
  })
})

describe('DatabaseError', () => {
  it('keeps its cause', () => {
    const cause = new Error('deep')
    expect(new DatabaseError('other', 'words', cause).cause).toBe(cause)
  })
})
