import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../src/version.ts'
import { engines, type Place } from '../rigs/databases.ts'
import { dumpOf, emptyTablesOf } from './released-dump.ts'
import { withRaw } from './released-raw.ts'
import { tellStory } from './released-story.ts'

/** Where scripts/keep-release.js wants what is kept. */
const folder = process.env.HONGYAN_KEEP_RELEASE

describe.each(engines().map((engine) => ({ name: engine.name, engine })))('of $name', ({ name, engine }) => {
  let place: Place
  beforeEach(async () => {
    place = await engine.place()
  })
  afterEach(() => place.dispose())

  test('what is kept of a release has rows in every table, and messages and events in every state', async () => {
    const { path, calls } = await tellStory(place)
    await withRaw({ url: place.url, path }, async (raw) => {
      expect(await emptyTablesOf(raw)).toEqual([])
      const states = async (table: string) =>
        (await raw.rows(`select distinct state from ${table} order by 1`)).map(({ state }) => state)
      expect(await states('messages')).toEqual([
        'failed',
        'held',
        'pending',
        'received',
        'revoked',
        'sent',
        'unknown',
      ])
      expect(await states('events')).toEqual(['delivered', 'owed'])
      const kinds = await raw.rows('select distinct kind from media order by 1')
      expect(kinds.map(({ kind }) => kind)).toEqual(['file', 'image', 'video', 'voice'])
      if (!folder) return
      const facts = JSON.stringify({ version, keptAt: Date.now(), calls })
      writeFileSync(`${folder}/${version}.${name}.sql`, `-- ${facts}\n${await dumpOf(raw)}`)
    })
  })
})
