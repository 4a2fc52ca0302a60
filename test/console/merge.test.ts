import { describe, expect, it } from 'vitest'
import {
  type Known,
  merged,
  newest,
  type Order,
  replaced,
  withHead,
  withOlder,
} from '../../web/src/chat/merge.ts'
import { fc } from '../rigs/properties.ts'

interface Row {
  readonly id: number
  readonly state: string
}
const order: Order<Row> = { key: (row) => row.id, id: (row) => row.id }
const byId = (one: Row, other: Row) => one.id - other.id

const rowsOf = fc
  .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 120 })
  .map((ids) => ids.map((id) => ({ id, state: 'sent' })))

describe('merging pages of rows', () => {
  it('gives every row once, sorted, whatever the order and overlap of the pages', () => {
    fc.assert(
      fc.property(rowsOf, fc.array(fc.array(fc.nat({ max: 119 }), { maxLength: 50 })), (rows, picks) => {
        const pages = picks.map((pick) => pick.flatMap((at) => rows[at] ?? []))
        const seen = new Set(pages.flat().map((row) => row.id))
        const all = pages.reduce<readonly Row[]>((known, page) => merged(order, known, page), [])
        expect(all).toEqual(rows.filter((row) => seen.has(row.id)).sort(byId))
      }),
    )
  })

  it('puts a changed row in the place of the old one, and leaves the objects of the others', () => {
    fc.assert(
      fc.property(rowsOf, fc.nat(), (rows, pick) => {
        fc.pre(rows.length > 0)
        const known = merged(order, [], rows)
        const at = pick % known.length
        const changed = { id: known[at]?.id ?? 0, state: 'revoked' }
        const after = merged(order, known, [changed])
        expect(after).toHaveLength(known.length)
        expect(after[at]).toBe(changed)
        after.forEach((row, place) => {
          if (place !== at) expect(row).toBe(known[place])
        })
      }),
    )
  })

  it('gives back the very same list where nothing is new', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const known = merged(order, [], rows)
        const copy = rows.map((row) => ({ ...row }))
        expect(merged(order, known, copy)).toBe(known)
      }),
    )
  })

  it('moves a row whose id has risen under the same key', () => {
    const byPeer: Order<{ peer: string; id: number }> = { key: (row) => row.peer, id: (row) => row.id }
    const known = [
      { peer: 'a', id: 1 },
      { peer: 'b', id: 2 },
    ]
    expect(merged(byPeer, known, [{ peer: 'a', id: 3 }])).toEqual([
      { peer: 'b', id: 2 },
      { peer: 'a', id: 3 },
    ])
  })

  it('knows of older rows what the page that reaches the furthest back says', () => {
    const known: Known<Row> = { rows: [{ id: 5, state: 'sent' }], more: true }
    const row = (id: number) => ({ id, state: 'sent' })
    expect(withHead(order, known, { rows: [row(6)], more: false }).more).toBe(true)
    expect(withHead(order, known, { rows: [row(4), row(5), row(6)], more: false }).more).toBe(false)
    expect(withHead(order, { ...known, more: false }, { rows: [row(6)], more: true }).more).toBe(false)
    expect(withOlder(order, known, { rows: [row(3)], more: false })).toEqual({
      rows: [row(3), row(5)],
      more: false,
    })
    expect(newest({ rows: [row(1), row(2), row(3)], more: false }, 2)).toEqual({
      rows: [row(2), row(3)],
      more: true,
    })
  })

  it('drops what is gone when all is read anew, and leaves the objects of what is the same', () => {
    const kept = { id: 2, state: 'sent' }
    const known: Known<Row> = { rows: [{ id: 1, state: 'sent' }, kept], more: true }
    const after = replaced(order, known, { rows: [{ id: 3, state: 'sent' }, { ...kept }], more: false })
    expect(after).toEqual({ rows: [kept, { id: 3, state: 'sent' }], more: false })
    expect(after.rows[0]).toBe(kept)
  })
})
