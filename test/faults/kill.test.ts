import { expect, test } from 'vitest'
import { engines } from '../rigs/databases.ts'
import { type Found, nothing, together } from './aftermath.ts'
import { live } from './kill-life.ts'
import { report } from './table.ts'

/** A failing life is repeated by giving the seed that it names, and the kills up to the one that failed. */
const seed = Number(process.env.HONGYAN_TEST_SEED ?? Date.now() % 1_000_000)
const asked = process.env.HONGYAN_TEST_KILLS
/** The whole database is looked at after every kill, so none gets large. */
const KILLS_OF_ONE_LIFE = 25

for (const engine of engines()) {
  // The first kill is of the very first start, before anybody has sent anything.
  const kills = Math.max(2, Number(asked ?? (engine.name === 'sqlite' ? 8 : 6)))
  const title = `killed at any moment, ${kills} times, nothing acknowledged is lost, doubled or half there`
  test(`${title} (${engine.name}, seed ${seed})`, { timeout: 120_000 + kills * 20_000 }, async () => {
    let acknowledged = 0
    let found = nothing
    let tried = 0
    try {
      for (const [before, after] of livesOf(kills)) {
        const ofLife = seed + before
        acknowledged += await live({
          engine,
          kills: after - before,
          seed: ofLife,
          onRound(killed, faults) {
            tried = before + killed
            found = together([found, faults])
            expect(faults, `seed ${ofLife}, kill ${killed}`).toEqual(nothing)
          },
        })
      }
    } catch (error) {
      console.error(`seed ${seed} on ${engine.name}: failed after ${tried} kills`)
      throw error
    } finally {
      report({
        fault: 'killed at any moment',
        engine: engine.name,
        tried,
        acknowledged,
        ...counts(found),
        seed,
      })
    }
    // Otherwise the callers were never under way.
    expect(acknowledged).toBeGreaterThan(0)
  })
}

/** The kills in equal parts, each from and to which number. */
function livesOf(kills: number): (readonly [number, number])[] {
  const lives = Math.ceil(kills / KILLS_OF_ONE_LIFE)
  const start = (life: number) => Math.floor((life * kills) / lives)
  return Array.from({ length: lives }, (_, life) => [start(life), start(life + 1)] as const)
}

function counts({ lost, doubled, leftOver }: Found) {
  return { lost: lost.length, doubled: doubled.length, leftOver: leftOver.length }
}
