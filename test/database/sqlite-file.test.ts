import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SqliteFile } from '../../src/database/sqlite-file.ts'
import { ANY, type WireResult, type WireUnit } from '../../src/database/sqlite-protocol.ts'

const texts = [
  [1, 'create table t (id integer primary key, name text)'],
  [2, 'insert into t values (?, ?)'],
  [3, 'select name from t order by id'],
  [4, 'update t set name = ? where id = ?'],
  [5, 'no sql at all'],
] as const

let folder: string
let file: SqliteFile
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hongyan-sqlite-'))
  file = new SqliteFile(join(folder, 't.db'))
  run([[1, [], ANY]])
})
afterEach(() => {
  file.close()
  rmSync(folder, { recursive: true })
})

function run(...units: WireUnit[]): WireResult[] {
  const results: WireResult[] = []
  file.run({ forget: false, texts, units }, (part) => {
    for (const [index, result] of part) results[index] = result
  })
  return results
}

const insert = (id: number, name: string): WireUnit[number] => [2, [id, name], 1]
const names: WireUnit = [[3, [], ANY]]

it('undoes a unit that fails and keeps its neighbours', () => {
  const results = run([insert(1, 'a')], [insert(2, 'b'), insert(1, 'again')], [insert(3, 'c')])
  expect(results).toEqual([[1], { fault: 'unique', message: expect.any(String) }, [1]])
  expect(run(names)).toEqual([[{ rows: [{ name: 'a' }, { name: 'c' }], changes: 2 }]])
})

it('undoes a unit that changed another number of rows than it had to', () => {
  const results = run([insert(1, 'a'), [4, ['x', 99], 1]])
  expect(results[0]).toMatchObject({ fault: 'guard' })
  expect(run(names)).toEqual([[{ rows: [], changes: 0 }]])
})

it('answers the reads of a batch before its writes, in a part of their own', () => {
  const parts: number[][] = []
  file.run({ forget: false, texts, units: [[insert(1, 'a')], names, [insert(2, 'b')]] }, (part) => {
    parts.push(part.map(([index]) => index))
  })
  expect(parts).toEqual([[1], [0, 2]])
})

it('answers a text that is no SQL as a failure of its unit alone', () => {
  const results = run([[5, [], ANY]], [insert(1, 'a')])
  expect(results).toEqual([{ fault: 'other', message: expect.stringContaining('syntax') }, [1]])
})

it('knows no text that it was told to forget', () => {
  const results: WireResult[] = []
  file.run({ forget: true, texts: [], units: [names] }, (part) =>
    results.push(...part.map(([, result]) => result)),
  )
  expect(results).toEqual([{ fault: 'other', message: expect.any(String) }])
})
