import ipaddr from 'ipaddr.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPermits } from '../../src/outbound/addresses.ts'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { fc } from '../rigs/properties.ts'
import { config, faultOf, plain } from './door.ts'

/** Hosts that all mean something private. `*.test` names resolve to what the table below says. */
const hosts = [
  // this machine, in every spelling of an IPv4 address
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7F.1', '0177.0.0.1', '017700000001'],
  ...['0x7f.0x0.0x0.0x1', '0177.0.0.0x1', '127.000.000.001', '127.0.0.1.', '127.255.255.254', '127.0.0.01'],
  ...[
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '%31%32%37.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
  ],
  ...['video.localhost', 'ⓛocalhost', '0', '0.0.0.0', '0x0', '0.1.2.3'],
  // and of an IPv6 one
  ...[
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
  ],
  ...['[::127.0.0.1]', '[::7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]'],
  ...['[2002:7f00:1::]', '[2001:0:7f00:1::]', '[2001:0:4136:e378:8000:63bf:80ff:fffe]', '[::ffff:0:7f00:1]'],
  // private, link-local, shared, reserved, documentation, benchmarking
  ...[
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '0xc0a80101',
    '3232235777',
  ],
  ...[
    '169.254.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '198.51.100.7',
    '203.0.113.9',
  ],
  ...['198.18.0.1', '198.19.255.255', '192.88.99.1', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
  ...['255.255.255.255', '0xffffffff', '[fe80::1]', '[fc00::1]', '[fd12:3456::1]', '[fec0::1]', '[ff02::1]'],
  ...['[2001:db8::1]', '[3fff::1]', '[100::1]', '[4000::1]', '[5f00::1]', '[2001:2::1]', '[2001:10::1]'],
  // where clouds keep their secrets
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:a9fe:a9fe]'],
  ...['[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]', '[fd00:ec2::254]', '[fd20:ce::254]', '100.100.100.200'],
  ...['192.0.0.192', '169.254.170.2', '168.63.129.16', '169.254.0.23'],
  // names
  ...['loopback.test', 'mixed.test', 'six.test', 'mapped.test', 'metadata.test', 'lan.test', 'scoped.test'],
]

const names: Record<string, string[]> = {
  'loopback.test': ['127.0.0.1'],
  'mixed.test': ['93.184.215.14', '127.0.0.1'],
  'six.test': ['::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'lan.test': ['192.168.1.1'],
  'scoped.test': ['fe80::1%lo'],
}

describe('with nothing opened', () => {
  let origin: Origin
  let outbound: Outbound

  beforeAll(async () => {
    origin = await startOrigin(serve('secret'))
    const lookup = async (host: string) =>
      (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    outbound = createOutbound({ ...config, fetchAllow: [] }, { lookup })
  })
  afterAll(async () => {
    await outbound.close()
    await origin.close()
  })

  test.each(hosts)('refuses %s', async (host) => {
    const fault = await faultOf(outbound.get(`http://${host}:${origin.port}/`, plain), 'url_forbidden')
    expect(fault.reason).toContain('HONGYAN_FETCH_ALLOW')
    expect(origin.connections).toBe(0)
  })

  test('refuses them for callbacks as well', async () => {
    const options = { headers: {}, body: '{}', timeoutMs: 20_000, subject: 'callbackUrl' }
    for (const host of hosts)
      await faultOf(outbound.post(`http://${host}:${origin.port}/`, options), 'url_forbidden')
    expect(origin.connections).toBe(0)
  })

  test('names the address and the setting that would open it', async () => {
    const fault = await faultOf(outbound.get('http://mixed.test/a.mp4?sig=s3cret', plain), 'url_forbidden')
    expect(fault.reason).toMatch(/^videoUrl .*127\.0\.0\.1（mixed\.test）.*HONGYAN_FETCH_ALLOW$/)
    expect(fault.reason).not.toContain('s3cret')
  })
})

test('lets plain public addresses through', () => {
  const permits = createPermits([])
  const some = ['1.1.1.1', '93.184.215.14', '172.32.0.1', '100.128.0.1', '198.20.0.1', '2606:4700::1111']
  for (const address of [...some, '240e::1', '64:ff9b::101:101', '::ffff:1.1.1.1'])
    expect(permits(address), address).toBe(true)
})

test('takes nothing but an address for an address', () => {
  for (const text of ['', 'example.com', '1.1.1.1/8', '1.1.1.1:80', '[::1]'])
    expect(createPermits(['0.0.0.0/0', '::/0'])(text), text).toBe(false)
})

describe('HONGYAN_FETCH_ALLOW', () => {
  test('opens its ranges and nothing beside them', () => {
    const permits = createPermits(['192.168.1.0/24', 'fd00:1::/32'])
    for (const open of ['192.168.1.0', '192.168.1.255', '::ffff:192.168.1.9', 'fd00:1::9'])
      expect(permits(open), open).toBe(true)
    for (const shut of ['192.168.2.1', '10.0.0.1', 'fd00:2::1', '64:ff9b::c0a8:101', '127.0.0.1'])
      expect(permits(shut), shut).toBe(false)
  })

  test('opens ::1 together with 127.0.0.1, since localhost may mean either', () => {
    expect(createPermits(['127.0.0.1/32'])('::1')).toBe(true)
    expect(createPermits(['10.0.0.0/8'])('::1')).toBe(false)
  })

  test('reads an IPv6 range as wide as it is, and never as an IPv4 one', () => {
    const permits = createPermits(['::1/64', '::ffff:10.0.0.0/90'])
    expect(permits('::1')).toBe(true)
    expect(permits('192.168.1.1')).toBe(false)
  })
})

const forbidden = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
]
  .concat(['192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'])
  .concat(['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'])

const inForbiddenRange = fc
  .tuple(fc.constantFrom(...forbidden), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([range, random]) => {
    const [network, bits] = ipaddr.IPv4.parseCIDR(range)
    const base = Buffer.from(network.toByteArray()).readUInt32BE()
    return dotted(base + Math.floor(random / 2 ** bits))
  })

describe('any IPv4 address of a forbidden range', () => {
  test('is refused, whatever IPv6 address carries it', () => {
    const permits = createPermits([])
    fc.assert(
      fc.property(inForbiddenRange, (address) => {
        expect([address, ...carriers(address)].filter(permits)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  test('is refused as a number in a link', () => {
    const outbound = createOutbound({ ...config, fetchAllow: [] })
    fc.assert(
      fc.property(inForbiddenRange, fc.constantFrom(8, 10, 16), (address, base) => {
        const value = Buffer.from(address.split('.').map(Number)).readUInt32BE()
        const prefix = { 8: '0', 10: '', 16: '0x' }[base]
        expect(() => outbound.check(`http://${prefix}${value.toString(base)}/`, 'videoUrl')).toThrow(
          'url_forbidden',
        )
      }),
    )
  })
})

test('an IPv6 address outside 2000::/3 is refused, unless it stands for a public IPv4 one', () => {
  const permits = createPermits([])
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = ipaddr.IPv6.parse(text)
      const first = (address.parts[0] ?? 0) >> 13
      const carries = text.includes('.') || address.range() !== 'unicast'
      if (first !== 1 && !carries) expect(permits(text)).toBe(false)
    }),
  )
})

function carriers(address: string): string[] {
  const hex = Buffer.from(address.split('.').map(Number)).toString('hex')
  const tail = `${hex.slice(0, 4)}:${hex.slice(4)}`
  const inverted = Buffer.from(address.split('.').map((part) => 255 - Number(part))).toString('hex')
  return [
    `::ffff:${address}`,
    `::ffff:${tail}`,
    `::${tail}`,
    `::ffff:0:${tail}`,
    `64:ff9b::${tail}`,
    `64:ff9b:1::${tail}`,
    `2002:${tail}::1`,
    `2001:0:${tail}::`,
    `2001:0:102:304:0:0:${inverted.slice(0, 4)}:${inverted.slice(4)}`,
  ]
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
