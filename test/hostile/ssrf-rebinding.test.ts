import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signIn, type Visitor } from '../console/world.ts'
import { type Origin, redirect, serve, startOrigin, status } from '../rigs/origin.ts'
import { until } from '../rigs/world.ts'
import { type Asked, faultsOf, resolveBy, startAsked, watchDials } from './ssrf-rig.ts'

/** Only 127.0.0.2 is open. The name `turning.test` resolves to whatever the table says at that moment. */
let asked: Asked
let friend: { readonly appId: string; readonly wxid: string }
/** A server on 127.0.0.2, and at the same port of other addresses the ones that must never be touched. */
let open: Origin
let shut: Origin[]
let resolver: { restore(): void }
let dials: ReturnType<typeof watchDials>
let pages: Visitor
const table = new Map<string, readonly string[]>()

beforeAll(async () => {
  dials = watchDials()
  resolver = resolveBy(table)
  asked = await startAsked('127.0.0.2/32')
  friend = await asked.gateway.device()
  pages = await signIn(asked.gateway)
  open = await startOrigin({}, { host: '127.0.0.2' })
  shut = [
    await startOrigin(serve('secret'), { host: '127.0.0.1', port: open.port }),
    await startOrigin(serve('secret'), { host: '::1', port: open.port }),
  ]
})
afterAll(async () => {
  await asked.close()
  for (const origin of [open, ...shut]) await origin.close()
  resolver.restore()
  dials.stop()
})
beforeEach(() => table.set('turning.test', ['127.0.0.2']))

const link = (path: string) => `http://turning.test:${open.port}${path}`
const untouched = () => {
  const known = [`127.0.0.1 ${new URL(asked.gateway.baseUrl).port}`, `127.0.0.2 ${open.port}`]
  const elsewhere = dials.dialled.filter((dial) => !known.includes(dial))
  expect([...elsewhere, ...shut.map(({ connections }) => connections)]).toEqual([0, 0])
}

/** What a name may come to mean while nobody looks. */
const turned: readonly (readonly string[])[] = [
  ['127.0.0.1'],
  ['::1'],
  ['::ffff:127.0.0.1'],
  ['0.0.0.0'],
  ['127.0.0.2', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.2'],
  ['::1', '127.0.0.2'],
  ['127.0.0.2', '::1'],
  ['169.254.169.254'],
]

test.each(turned.map((answer) => answer.join(' and ')))('a good name is judged anew: now %s', async (now) => {
  const answer = now.split(' and ')
  open.route('/a.txt', serve('the file', { etag: true }))
  const first = await asked.ask('fileUrl', link('/a.txt?sign=SECRET'))
  expect(first.ret).toBe(200)
  const hits = open.hits.length
  table.set('turning.test', answer)
  // A second look at the same link may go over the socket of the first, which leads where that led.
  const other = link(`/a.txt?other=${answer.join()}&sign=SECRET`)
  expect(faultsOf('fileUrl', await asked.ask('fileUrl', other), ['url_forbidden'])).toEqual([])
  expect(open.hits.length).toBe(hits)
  untouched()
})

test('a name that turns between a redirect and its target is judged at the target', async () => {
  open.route('/start', (request, response) => {
    table.set('turning.test', ['127.0.0.1'])
    redirect('/a.txt')(request, response)
  })
  const reply = await asked.ask('imgUrl', link('/start?sign=SECRET'))
  expect(faultsOf('imgUrl', reply, ['url_forbidden'])).toEqual([])
  untouched()
})

test('a name that turns at every question is asked once, and the connection goes to that answer', async () => {
  let asks = 0
  const answers = [['127.0.0.2'], ['127.0.0.1'], ['::1']]
  table.get = (name) => (name === 'turning.test' ? answers[Math.min(asks++, 2)] : undefined)
  try {
    open.route('/once.txt', serve('once'))
    expect((await asked.ask('fileUrl', link('/once.txt'))).ret).toBe(200)
    expect(asks).toBe(1)
  } finally {
    Reflect.deleteProperty(table, 'get')
  }
  untouched()
})

test('a callback is judged at every delivery, and is delivered once its name leads to where it may', async () => {
  open.route('/hook', status(200))
  expect((await asked.ask('callbackUrl', link('/hook?sign=SECRET'))).ret).toBe(200)
  const { appId } = asked.device
  const say = (content: string) =>
    asked.gateway.post('/message/postText', { appId, toWxid: friend.wxid, content })
  const told = async (text: string) => {
    const bodies = await Promise.all(open.hitsOf('/hook').map(({ body }) => body))
    return bodies.some((body) => body.includes(text))
  }
  await say('before it turned')
  await until(() => told('before it turned'))

  type Events = { events: { id: number; state: string; attempts: number; lastError: string | null }[] }
  const newest = async () => (await pages.call<Events>('/console/events', { limit: 1 })).data.events[0]
  const refusals: unknown[] = []
  for (const answer of [['127.0.0.1'], ['127.0.0.2', '::1']]) {
    table.set('turning.test', answer)
    await say(`now ${answer.join(' and ')}`)
    const event = await until(async () => {
      const latest = await newest()
      return latest?.lastError !== null && latest?.attempts === 1 && latest
    })
    refusals.push([event.state, event.lastError])
  }
  expect(refusals).toEqual([
    ['owed', 'url_forbidden'],
    ['owed', 'url_forbidden'],
  ])
  expect(await told('now ')).toBe(false)
  untouched()

  table.set('turning.test', ['127.0.0.2'])
  await until(async () => (await told('now 127.0.0.1')) && (await told('now 127.0.0.2')))
  untouched()
})

test.each([301, 302, 303, 307, 308])(
  'a receiver that answers %i sends its callback nowhere else',
  async (code) => {
    open.route(`/moved-${code}`, redirect(`http://127.0.0.1:${open.port}/`, code))
    expect((await asked.ask('callbackUrl', link(`/moved-${code}`))).ret).toBe(200)
    await asked.gateway.post('/message/postText', {
      appId: asked.device.appId,
      toWxid: friend.wxid,
      content: 'to a receiver that has moved',
    })
    // The test, and the first attempt to deliver.
    await until(() => open.hitsOf(`/moved-${code}`).length >= 2)
    untouched()
  },
)
