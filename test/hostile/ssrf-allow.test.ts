import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPermits } from '../../src/outbound/addresses.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { config } from '../outbound/door.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { type Asked, corpus, faultsOf, gather, resolveBy, spellings, startAsked } from './ssrf-rig.ts'

const isAddress = (text: string | null): text is string => text !== null && (isIPv4(text) || isIPv6(text))
const addresses = [...new Set(spellings.map(({ means }) => means).filter(isAddress))]
const open = Object.values(corpus.public).flat()

/** Judged by Node's own list; `::1` goes with 127.0.0.1, as a name may resolve to either. */
function isIn(range: string, address: string): boolean {
  const [network = '', bits] = range.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(bits), isIPv4(network) ? 'ipv4' : 'ipv6')
  const forms = address === '::1' ? ['::1', '127.0.0.1'] : [address]
  return forms.some(
    (form) => isIPv4(form) === isIPv4(network) && list.check(form, isIPv4(form) ? 'ipv4' : 'ipv6'),
  )
}

test.each(Object.keys(corpus.public))(
  'plain public %s addresses are let through, up to the edges',
  (family) => {
    const permits = createPermits([])
    expect(corpus.public[family]?.filter((address) => !permits(address))).toEqual([])
  },
)

test('without a range every address of the corpus is shut', () => {
  expect(addresses.filter(createPermits([]))).toEqual([])
  expect(addresses.length).toBeGreaterThan(100)
})

const ranges = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '127.0.0.1/32', '169.254.0.0/16'],
  ...[
    '169.254.169.254/32',
    '168.63.129.16/32',
    '172.16.0.0/12',
    '172.17.0.0/16',
    '192.0.0.0/24',
    '192.0.2.0/24',
  ],
  ...['192.88.99.0/24', '192.168.0.0/16', '192.168.1.1/32', '198.18.0.0/15', '203.0.113.0/24', '224.0.0.0/4'],
  ...[
    '240.0.0.0/4',
    '255.255.255.255/32',
    '::1/128',
    '::/128',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '2002::/16',
  ],
  ...[
    '2001::/32',
    '2001:db8::/32',
    'fc00::/7',
    'fd00:ec2::254/128',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
    '100::/64',
  ],
]

test.each(ranges)('HONGYAN_FETCH_ALLOW=%s opens its own addresses and not one more', (range) => {
  const permits = createPermits([range])
  const inside = addresses.filter((address) => isIn(range, address))
  expect(addresses.filter(permits)).toEqual(inside)
  expect(inside).not.toEqual([])
  expect(open.filter((address) => !permits(address))).toEqual([])
})

test.each(ranges)('a link is judged as its address is, with %s open', (range) => {
  const outbound = createOutbound({ ...config, fetchAllow: [range] })
  const isLetIn = (link: string) => {
    try {
      outbound.check(link.trim().replaceAll('PORT', '81'), 'videoUrl')
      return true
    } catch {
      return false
    }
  }
  const wrong = spellings.filter(
    ({ link, means }) => isAddress(means) && isLetIn(link) !== isIn(range, means),
  )
  expect(wrong).toEqual([])
})

test('a name with letters beyond ASCII stays a link, however often links were read', () => {
  const outbound = createOutbound({ ...config, fetchAllow: [] })
  // From a request's body, as here: text in one piece, of one byte a character.
  const link: string = JSON.parse('"http://m\u00fcnchen.test/v.mp4"')
  for (let count = 0; count < 20_000; count += 1)
    expect(outbound.check(link, 'videoUrl').host).toBe('xn--mnchen-3ya.test')
})

describe('with 127.0.0.0/8 open', () => {
  let asked: Asked
  let origins: Origin[]
  let resolver: { restore(): void }
  beforeAll(async () => {
    const own = ['127.0.0.1', '::1']
    resolver = resolveBy(new Map([...Object.entries(corpus.names), ['localhost', own], ['localhost.', own]]))
    const four = await startOrigin(serve('the file'), { host: '127.0.0.1' })
    origins = [four, await startOrigin(serve('the file'), { host: '::1', port: four.port })]
    asked = await startAsked('127.0.0.0/8')
  })
  afterAll(async () => {
    await asked.close()
    for (const origin of origins) await origin.close()
    resolver.restore()
  })

  test('what means 127.0.0.1 or ::1 gets there, however it is spelled, and nothing else gets through', async () => {
    const port = origins[0]?.port
    const reached: string[] = []
    // Of other ports and of TLS nobody knows here.
    const list = spellings.filter(({ link }) => link.includes('PORT') && !link.includes('https:'))
    const complaints = await gather(list, async ({ link, means, kind }) => {
      if (!isAddress(means)) return []
      const reply = await asked.ask('fileUrl', link.replaceAll('PORT', String(port)))
      if (!isIn('127.0.0.0/8', means)) return faultsOf('fileUrl', reply, ['url_forbidden'])
      // On the rest of 127/8 nobody listens.
      if (means !== '127.0.0.1' && means !== '::1') return []
      // Names below localhost are nobody's, though never forbidden.
      if (/[.]localhost/.test(link)) return faultsOf('fileUrl', reply, ['fetch_unreachable'])
      reached.push(link)
      return reply.ret === 200 ? [] : [`${kind}: ${link}: ${JSON.stringify(reply)}`]
    })
    expect(complaints).toEqual([])
    expect(reached.length).toBeGreaterThan(80)
    expect(origins.map(({ connections }) => connections > 0)).toEqual([true, true])
  }, 120_000)
})
