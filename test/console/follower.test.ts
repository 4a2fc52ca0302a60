import { describe, expect, it } from 'vitest'
import { Follower } from '../../web/src/chat/follower.ts'
import type { Known, Order, Page } from '../../web/src/chat/merge.ts'
import { fc } from '../rigs/properties.ts'

interface Row {
  readonly peer: string
  readonly id: number
  readonly version: number
}

/** A server whose rows change, and a follower of it, with every answer at the time the scheduler chooses. */
class Story {
  readonly rows = new Map<string, Row>()
  known: Known<Row> | undefined
  readonly follower: Follower<Row>
  requests = 0
  underWay = 0
  mostUnderWay = 0
  #lastId = 1000
  readonly #lost: number[] = []

  constructor(scheduler: fc.Scheduler, byPeer: boolean, breaks: () => boolean) {
    const order: Order<Row> = { key: (row) => (byPeer ? row.peer : row.id), id: (row) => row.id }
    this.follower = new Follower<Row>({
      order,
      page: async (before, limit) => {
        this.requests += 1
        this.underWay += 1
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
        try {
          await scheduler.schedule(Promise.resolve(), 'request arrives')
          if (breaks()) throw new Error('broken off')
          const page = this.#page(before, limit)
          await scheduler.schedule(Promise.resolve(), 'answer arrives')
          return page
        } finally {
          this.underWay -= 1
        }
      },
      read: () => this.known,
      write: (known) => {
        this.known = known
      },
      pause: () => scheduler.schedule(Promise.resolve(), 'pause is over'),
    })
    this.byPeer = byPeer
  }
  readonly byPeer: boolean

  sorted(): Row[] {
    return [...this.rows.values()].sort((one, other) => one.id - other.id)
  }

  #page(before: number | undefined, limit: number): Page<Row> {
    const older = this.sorted().filter((row) => before === undefined || row.id < before)
    return { rows: older.slice(-limit), more: older.length > limit }
  }

  /** A new row, told of or, while the feed is lost, not. `late`: its id is below one that is there already. */
  add(peer: string, late: boolean, told: boolean): void {
    this.#lastId += 10
    const id = late && !this.byPeer ? this.#lastId - 15 : this.#lastId
    this.rows.set(this.byPeer ? peer : `${id}`, { peer, id, version: 0 })
    this.#tell(id, told)
  }

  change(pick: number, told: boolean): void {
    const all = [...this.rows]
    const chosen = all[pick % Math.max(1, all.length)]
    if (!chosen) return
    const [key, row] = chosen
    this.rows.set(key, { ...row, version: row.version + 1 })
    this.#tell(row.id, told)
  }

  #tell(id: number, told: boolean): void {
    if (told) this.follower.hint(id)
    else this.#lost.push(id)
  }
}

type Act =
  | { do: 'add'; peer: string; late: boolean; told: boolean }
  | { do: 'change'; pick: number; told: boolean }
  | { do: 'older' }
  | { do: 'trim' }
  | { do: 'reread' }
const told = fc.boolean()
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    peer: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    late: fc.boolean(),
    told,
  }),
  fc.record({ do: fc.constant('change' as const), pick: fc.nat({ max: 500 }), told }),
  fc.record({ do: fc.constantFrom('older' as const, 'trim' as const, 'reread' as const) }),
)

/** Lets everything run that needs no answer, then one more answer come. */
async function step(scheduler: fc.Scheduler): Promise<void> {
  await new Promise(setImmediate)
  if (scheduler.count() > 0) await scheduler.waitOne()
  await new Promise(setImmediate)
}

describe('following the rows of the server', () => {
  for (const byPeer of [false, true])
    it(`ends with what the server has, each once and sorted, in whatever order answers and hints come: ${byPeer ? 'conversations' : 'messages'}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.nat({ max: 230 }),
          fc.array(act, { maxLength: 40 }),
          fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
          async (scheduler, before, acts, dice) => {
            let breaking = true
            const story = new Story(scheduler, byPeer, () => breaking && dice.next().value === 0)
            for (let at = 0; at < before; at += 1) story.add(`peer${at}`, false, true)
            const tries: Promise<void>[] = [story.follower.reread().catch(() => undefined)]
            for (const each of acts) {
              if (each.do === 'add') story.add(each.peer, each.late, each.told)
              else if (each.do === 'change') story.change(each.pick, each.told)
              else if (each.do === 'trim') story.follower.trim()
              else tries.push(story.follower[each.do]().catch(() => undefined))
              await step(scheduler)
            }
            await scheduler.waitIdle()
            await Promise.all(tries)
            // The feed is back and says `reset`.
            breaking = false
            const last = story.follower.reread()
            await scheduler.waitIdle()
            await last
            const known = story.known
            const all = story.sorted()
            expect(known?.rows).toEqual(all.slice(all.length - (known?.rows.length ?? 0)))
            expect(known?.more).toBe(all.length > (known?.rows.length ?? 0))
            expect(known?.rows.length).toBeGreaterThanOrEqual(Math.min(50, all.length))
            expect(story.mostUnderWay).toBeLessThanOrEqual(1)
          },
        ),
        { numRuns: 150 },
      )
    })

  it('needs no reset where every change was hinted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.nat({ max: 230 }),
        fc.array(
          act.filter((each) => each.do !== 'reread'),
          { maxLength: 40 },
        ),
        async (scheduler, before, acts) => {
          const story = new Story(scheduler, false, () => false)
          for (let at = 0; at < before; at += 1) story.add('a', false, true)
          const tries = [story.follower.reread()]
          for (const each of acts) {
            if (each.do === 'add') story.add(each.peer, each.late, true)
            else if (each.do === 'change') story.change(each.pick, true)
            else if (each.do === 'older') tries.push(story.follower.older())
            else story.follower.trim()
            await step(scheduler)
          }
          await scheduler.waitIdle()
          await Promise.all(tries)
          const all = story.sorted()
          expect(story.known?.rows).toEqual(all.slice(all.length - (story.known?.rows.length ?? 0)))
          expect(story.known?.more).toBe(all.length > (story.known?.rows.length ?? 0))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('pages back until it reaches what was known, however much came with one hint', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.nat(80),
        fc.integer({ min: 1, max: 160 }),
        async (scheduler, had, count) => {
          const story = new Story(scheduler, false, () => false)
          for (let at = 0; at < had; at += 1) story.add('a', false, true)
          const first = story.follower.reread()
          await scheduler.waitIdle()
          await first
          for (let at = 1; at <= count; at += 1) story.add('a', false, at === count)
          await scheduler.waitIdle()
          const all = story.sorted()
          const known = story.known?.rows ?? []
          expect(known).toEqual(all.slice(all.length - known.length))
          expect(known.length).toBeGreaterThanOrEqual(had === 0 ? 1 : Math.min(had, 50) + count)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('follows up all hints that came during one request with one more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 40 }), async (scheduler, count) => {
        const story = new Story(scheduler, false, () => false)
        story.add('a', false, true)
        const first = story.follower.reread()
        await scheduler.waitIdle()
        await first
        story.requests = 0
        story.add('a', false, true)
        await step(scheduler)
        for (let at = 1; at < count; at += 1) story.add('a', false, true)
        await scheduler.waitIdle()
        expect(story.requests).toBe(2)
        expect(story.known?.rows).toEqual(story.sorted())
      }),
      { numRuns: 20 },
    )
  })
})
