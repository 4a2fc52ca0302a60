import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../rigs/world.ts'
import {
  type Asked,
  corpus,
  type Field,
  faultsOf,
  fields,
  gather,
  named,
  resolveBy,
  type Spelling,
  setTrap,
  spellings,
  startAsked,
  type Trap,
  watchDials,
} from './ssrf-rig.ts'

/** As it is by default: nothing private is open. */
let asked: Asked
let trap: Trap
let resolver: { restore(): void }
let dials: ReturnType<typeof watchDials>
beforeAll(async () => {
  dials = watchDials()
  resolver = resolveBy(new Map([...Object.entries(corpus.names), ['empty.test', []]]))
  trap = await setTrap()
  asked = await startAsked('')
})
afterAll(async () => {
  await asked.close()
  await trap.close()
  resolver.restore()
  dials.stop()
})

/** Where this process went beside its own gateway. */
const elsewhere = () =>
  dials.dialled.filter((dial) => dial !== `127.0.0.1 ${new URL(asked.gateway.baseUrl).port}`)

const codeOf = ({ means }: Spelling) =>
  means === null ? 'url_invalid' : means === 'unknown' ? 'fetch_unreachable' : 'url_forbidden'

/** Each spelling is tried at both pairs of listeners, by turns of the fields. */
const complaintsOf = (field: Field, list: readonly Spelling[]) =>
  gather(
    list.map((spelling, index) => ({ spelling, turn: index + fields.indexOf(field) })),
    async ({ spelling, turn }) => {
      const port = trap.ports[turn % 2 === 0 ? 0 : 1]
      const link = spelling.link.replaceAll('PORT', String(port))
      const faults = faultsOf(field, await asked.ask(field, link), [codeOf(spelling)])
      return faults.map((fault) => `${spelling.kind}: ${JSON.stringify(link)}: ${fault}`)
    },
  )

test('the corpus has no spelling twice, and enough of them', () => {
  const links = [...spellings, ...named].map(({ link }) => link)
  expect(new Set(links).size).toBe(links.length)
  expect(links.length).toBeGreaterThan(350)
})

test.each(fields)(
  'a %s leads nowhere, however it is spelled',
  async (field) => {
    expect(await complaintsOf(field, spellings)).toEqual([])
    expect([trap.accepted, ...elsewhere()]).toEqual([0])
  },
  120_000,
)

test.each(fields)(
  'a %s that names a host leads nowhere, whatever mixture the name resolves to',
  async (field) => {
    const empty = { link: 'http://empty.test:PORT/', means: 'unknown', kind: 'names' }
    expect(await complaintsOf(field, [...named, empty])).toEqual([])
    expect([trap.accepted, ...elsewhere()]).toEqual([0])
  },
)

test('the listeners would have told of a connection', async () => {
  for (const host of ['127.0.0.1', '::1'])
    for (const port of trap.ports) {
      const before = trap.accepted
      connect(port, host)
        .on('error', () => {})
        .resume()
      await until(() => trap.accepted === before + 1)
      expect(elsewhere().at(-1)).toBe(`${host} ${port}`)
    }
})
