import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Behaviour, type Origin, redirect, serve, startOrigin } from '../rigs/origin.ts'
import {
  type Asked,
  corpus,
  type Field,
  faultsOf,
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

/** Only 127.0.0.2 is open: from an origin there, redirects lead on. */
let asked: Asked
let trap: Trap
let hop: Origin
let resolver: { restore(): void }
let dials: ReturnType<typeof watchDials>
beforeAll(async () => {
  dials = watchDials()
  resolver = resolveBy(new Map([...Object.entries(corpus.names), ['hop.test', ['127.0.0.2']]]))
  trap = await setTrap()
  hop = await startOrigin({}, { host: '127.0.0.2' })
  asked = await startAsked('127.0.0.2/32')
})
afterAll(async () => {
  await asked.close()
  await hop.close()
  await trap.close()
  resolver.restore()
  dials.stop()
})

/** Where this process went beside its own gateway and the origin that is open. */
const elsewhere = () => {
  const open = [`127.0.0.1 ${new URL(asked.gateway.baseUrl).port}`, `127.0.0.2 ${hop.port}`]
  return dials.dialled.filter((dial) => !open.includes(dial))
}
const untouched = () => expect([trap.accepted, ...elsewhere()]).toEqual([0])

const statuses = [301, 302, 303, 307, 308]
/** A callback's test POST follows no redirect, see below. */
const fetched: readonly Field[] = ['videoUrl', 'thumbUrl', 'imgUrl', 'fileUrl']

const turnOf = (field: Field) => fetched.indexOf(field)

let routes = 0
const routeOf = (behaviour: Behaviour): string => {
  routes += 1
  hop.route(`/${routes}`, behaviour)
  return `${hop.url}/${routes}?sign=SECRET`
}

/** As bytes: Node takes no other characters into a header, and a hostile origin sends what it likes. */
const inHeader = (link: string) => Buffer.from(link).toString('latin1')

/** What a header can carry at all. */
const sendable = ({ link }: Spelling) => [...link].every((character) => character >= ' ')
/** Read against the address that sent it, some are a path on that very origin, which has none such. */
const codesOf = ({ means, link }: Spelling) => {
  const relative = !/^ *[a-z][\w+.-]*:/i.test(link) || /^http:\/?(?![/\\])/i.test(link)
  if (relative) return ['fetch_status', 'url_forbidden', 'url_invalid']
  return [means === null ? 'url_invalid' : means === 'unknown' ? 'fetch_unreachable' : 'url_forbidden']
}

test.each(fetched)(
  'a redirect of any status from a %s leads nowhere that a link could not',
  async (field) => {
    // Each spelling by two of the four fields, by turns.
    const list = [...spellings, ...named]
      .filter(sendable)
      .filter((_, index) => (index + turnOf(field)) % 2 === 0)
    const complaints = await gather(
      list.map((spelling, index) => ({ spelling, turn: index + turnOf(field) })),
      async ({ spelling, turn }) => {
        const to = spelling.link.replaceAll('PORT', String(trap.ports[turn % 2 === 0 ? 0 : 1]))
        const link = routeOf(redirect(inHeader(to), statuses[turn % statuses.length]))
        const faults = faultsOf(field, await asked.ask(field, link), codesOf(spelling))
        return faults.map((fault) => `${spelling.kind}: ${JSON.stringify(to)}: ${fault}`)
      },
    )
    expect(complaints).toEqual([])
    untouched()
  },
)

const trapAt = (host: string) => `http://${host}:${trap.ports[0]}/v.mp4?sign=SECRET`

describe('a chain of redirects', () => {
  test.each([1, 2, 3, 4, 5])('is judged at its step %i as at the first', async (steps) => {
    let link = trapAt('[::ffff:127.0.0.1]')
    for (let step = 0; step < steps; step += 1) link = routeOf(redirect(link, statuses[step % 5]))
    expect(faultsOf('fileUrl', await asked.ask('fileUrl', link), ['url_forbidden'])).toEqual([])
    untouched()
  })

  test('to a name, and from a name, is judged by what the name resolves to', async () => {
    const link = routeOf(redirect(`http://six-last.test:${trap.ports[0]}/`)).replace('127.0.0.2', 'hop.test')
    expect(faultsOf('imgUrl', await asked.ask('imgUrl', link), ['url_forbidden'])).toEqual([])
    untouched()
  })

  test('with a name and a password in it ends there', async () => {
    for (const to of [`http://user:SECRET@127.0.0.2:${hop.port}/`, `//user@127.0.0.2:${hop.port}/`]) {
      const reply = await asked.ask('videoUrl', routeOf(redirect(to)))
      expect(faultsOf('videoUrl', reply, ['url_invalid'])).toEqual([])
    }
  })
})

test.each([300, 304, 305, 306, 309, 399, 200, 201])(
  'a Location with the status %i is not followed',
  async (code) => {
    const link = routeOf((_request, response) => {
      response.writeHead(code, { location: trapAt('127.0.0.1') }).end(code === 304 ? undefined : 'here')
    })
    const reply = await asked.ask('fileUrl', link)
    if (code === 200) expect(reply.ret).toBe(200)
    else expect(faultsOf('fileUrl', reply, ['fetch_status'])).toEqual([])
    untouched()
  },
)

test('no other header and no page sends the gateway elsewhere', async () => {
  const to = trapAt('127.0.0.1')
  const headers = {
    refresh: `0; url=${to}`,
    link: `<${to}>; rel=preload`,
    'content-location': to,
    'alt-svc': `http/1.1="127.0.0.1:${trap.ports[0]}"; ma=60`,
  }
  const page = `<meta http-equiv="refresh" content="0; url=${to}"><img src="${to}">`
  for (const link of [routeOf(serve(page, { headers })), routeOf(serve(`#EXTM3U\n${to}\n`, { headers }))]) {
    expect((await asked.ask('fileUrl', link)).ret).toBe(200)
    expect(faultsOf('videoUrl', await asked.ask('videoUrl', link), ['video_invalid'])).toEqual([])
    expect(faultsOf('imgUrl', await asked.ask('imgUrl', link), ['image_invalid'])).toEqual([])
  }
  untouched()
}, 120_000)

test('a picture or a video that names an address makes nobody look there', async () => {
  const to = trapAt('127.0.0.1')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="${to}"/></svg>`
  const link = routeOf(serve(svg, { type: 'image/svg+xml' }))
  expect(faultsOf('imgUrl', await asked.ask('imgUrl', link), ['image_invalid'])).toEqual([])
  expect(faultsOf('thumbUrl', await asked.ask('thumbUrl', link), ['thumb_invalid'])).toEqual([])
  const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${to}\n#EXT-X-ENDLIST\n`
  const video = routeOf(serve(list, { type: 'video/mp4' }))
  expect(faultsOf('videoUrl', await asked.ask('videoUrl', video), ['video_invalid'])).toEqual([])
  untouched()
})

test.each([
  ['UTF-8', Buffer.from('/视频.mp4?名=1'), '/%e8%a7%86%e9%a2%91.mp4?%e5%90%8d=1'],
  ['GBK', Buffer.from('2fcad3c6b52e6d7034', 'hex'), '/%ca%d3%c6%b5.mp4'],
] as const)('a Location with bytes of %s keeps them, as a browser does', async (_name, bytes, path) => {
  const before = hop.hits.length
  await asked.ask('fileUrl', routeOf(redirect(bytes.toString('latin1'))))
  expect(hop.hits.slice(before + 1).map((hit) => hit.path.toLowerCase())).toEqual([path])
})

test('the answer to the test of a callback address is not followed, whatever it says', async () => {
  for (const code of statuses) {
    const callbackUrl = routeOf(redirect(trapAt('127.0.0.1'), code))
    expect((await asked.ask('callbackUrl', callbackUrl)).ret).toBe(200)
  }
  untouched()
})
