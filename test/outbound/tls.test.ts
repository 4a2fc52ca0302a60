import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { bytesOf, config, faultOf, plain } from './door.ts'

let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin(rig.serve('the file', { etag: '"1"' }), { tls: true })
  outbound = createOutbound(config, { lookup: async () => [{ address: '127.0.0.1', family: 4 }] })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await outbound.close()
  await origin.close()
})

test('refuses a certificate nobody vouches for, and sends nothing', async () => {
  const fault = await faultOf(outbound.get(`https://origin.test:${origin.port}/`, plain), 'fetch_unreachable')
  expect(fault.reason).toContain(`origin.test:${origin.port} 的 HTTPS 证书无效`)
  expect(origin.hits).toHaveLength(0)
})

test('fetches and revalidates over TLS from the checked address, under the name of the link', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const url = `https://origin.test:${origin.port}/`
  expect(String(await bytesOf(await outbound.get(url, plain)))).toBe('the file')
  const conditional = { ...plain, headers: { 'if-none-match': '"1"' } }
  for (let round = 0; round < 3; round += 1) expect((await outbound.get(url, conditional)).status).toBe(304)
  expect(origin.hits[0]?.headers.host).toBe(`origin.test:${origin.port}`)
  expect(origin.connections).toBe(2)
})
