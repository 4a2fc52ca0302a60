import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attacks, others } from './authorisation-attacks.ts'
import {
  type Ids,
  idsOfNobody,
  send,
  startTwoTokens,
  type TwoTokens,
  withoutIds,
} from './authorisation-rig.ts'

let all: TwoTokens
let nobody: Ids
beforeAll(async () => {
  all = await startTwoTokens()
  nobody = idsOfNobody(all.owner.ids)
}, 120_000)
afterAll(() => all.close())

const post = (path: string, body: unknown, headers: Record<string, string>) =>
  send(all, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hongyan-console': '1', ...headers },
    body: JSON.stringify(body),
  })

/** How the other token may show who it is. */
const credentials = {
  'a token': (path: string, body: unknown) => post(path, body, { 'x-gewe-token': all.other.token }),
  'a pass': (path: string, body: unknown) => post(path, body, { 'x-gewe-token': all.other.pass }),
  'a token, below /v2/api': (path: string, body: unknown) =>
    post(`/v2/api${path}`, body, { 'x-gewe-token': all.other.token }),
  'a cookie': (path: string, body: unknown) => {
    const below = path.startsWith('/console/') ? path : `/console/api${path}`
    return post(below, body, { cookie: all.other.browser.cookie })
  },
}

/** An answer that says nothing of ids, since the question was none or got lost. */
const broken = /"code":"(internal|\w+_failed|request_invalid|route_unknown|token_\w+|too_many_requests)"/

const attacked = Object.entries(attacks).filter(([, bodies]) => bodies.length > 0)
const pathOf = (route: string) => route.slice(route.indexOf(' ') + 1)

test('every route of the running gateway has its place in the matrix, and no place is empty', () => {
  const strange = [...all.routes].filter(
    (route) => !(route in attacks) && !others.some((other) => other.route.test(route)),
  )
  expect(strange).toEqual([])
  expect(Object.keys(attacks).filter((route) => !all.routes.has(route))).toEqual([])
  expect(others.filter(({ route }) => ![...all.routes].some((each) => route.test(each)))).toEqual([])
})

describe("another token's ids are nobody's ids", () => {
  test.each(attacked.map(([route]) => route))('%s', async (route) => {
    const { owner, other, stock, receiver } = all
    const before = [stock(), receiver.events.length, receiver.tests.length]
    const pairs = (attacks[route] ?? []).map(async (attack, index) => {
      const none = await credentials['a token'](pathOf(route), attack(nobody, other.ids))
      const said = withoutIds(none.text, nobody)
      const calls = Object.entries(credentials).map(async ([name, call]) => {
        const theirs = await call(pathOf(route), attack(owner.ids, other.ids))
        const same = withoutIds(theirs.text, owner.ids) === said && theirs.status === 200
        return same && none.status === 200 && !broken.test(said) ? [] : [[index, name, theirs, none]]
      })
      return (await Promise.all(calls)).flat()
    })
    const differences = (await Promise.all(pairs)).flat()
    expect(differences).toEqual([])
    expect([stock(), receiver.events.length, receiver.tests.length]).toEqual(before)
  })
})

describe('the matrix would notice', () => {
  /** The local network has no voices. */
  const blind = ['POST /message/downloadVoice']
  /** What ends things comes at the end. */
  const seeing = attacked.map(([route]) => route).filter((route) => !blind.includes(route))
  const ending = (route: string) => (/revoke|logout/.test(route) ? 1 : 0)

  test.each(seeing.sort((one, two) => ending(one) - ending(two)))(
    '%s answers its owner otherwise',
    async (route) => {
      const { token, ids } = all.owner
      const answers = (attacks[route] ?? []).map(async (attack) => {
        const mine = await post(pathOf(route), attack(ids, ids), { 'x-gewe-token': token })
        const none = await post(pathOf(route), attack(nobody, ids), { 'x-gewe-token': token })
        return withoutIds(mine.text, ids) === withoutIds(none.text, nobody)
      })
      expect(await Promise.all(answers)).toContain(false)
    },
  )
})
