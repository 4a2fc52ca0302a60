import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { createOutbound, type Outbound } from '../../src/outbound/outbound.ts'
import * as rig from '../rigs/origin.ts'
import { bytesOf, config, faultOf, plain } from './door.ts'

let origin: rig.Origin
let outbound: Outbound

beforeEach(async () => {
  origin = await rig.startOrigin({ '/file': rig.serve('the file') })
  outbound = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] })
})
afterEach(async () => {
  await outbound.close()
  await origin.close()
})

const fetchText = async (path: string, headers = {}) =>
  String(await bytesOf(await outbound.get(`${origin.url}${path}`, { ...plain, headers })))

test.each([301, 302, 303, 307, 308])('follows %i', async (code) => {
  origin.route('/start', rig.redirect('/file', code))
  expect(await fetchText('/start')).toBe('the file')
  expect(origin.hits.map((hit) => `${hit.method} ${hit.path}`)).toEqual(['GET /start', 'GET /file'])
})

test('follows five redirects and no sixth', async () => {
  for (let hop = 1; hop <= 6; hop += 1)
    origin.route(`/${hop}`, rig.redirect(hop === 1 ? '/file' : `/${hop - 1}`))
  expect(await fetchText('/5')).toBe('the file')
  await faultOf(fetchText('/6'), 'fetch_redirects')
  expect(origin.hitsOf('/file')).toHaveLength(1)
})

test('asks no URL twice in a loop', async () => {
  origin.route('/a', rig.redirect('/b'))
  origin.route('/b', rig.redirect('/a#again'))
  await faultOf(fetchText('/a'), 'fetch_redirects')
  expect(origin.hits).toHaveLength(2)
})

test('reads a relative Location against the URL that sent it', async () => {
  origin.route('/deep/er/start', rig.redirect('../up?x=1'))
  origin.route('/deep/up', rig.redirect(`//127.0.0.1:${origin.port}/file`))
  expect(await fetchText('/deep/er/start')).toBe('the file')
  expect(origin.hits[1]?.path).toBe('/deep/up?x=1')
})

test('takes a redirect without Location for the status it is', async () => {
  origin.route('/start', rig.redirect(undefined))
  expect((await faultOf(fetchText('/start'), 'fetch_status')).reason).toContain('302')
})

test.each([
  ['http://127.0.0.2:PORT/', 'url_forbidden'],
  ['http://[::ffff:127.0.0.9]:PORT/', 'url_forbidden'],
  ['http://2130706434:PORT/', 'url_forbidden'],
  ['http://169.254.169.254/latest/meta-data/', 'url_forbidden'],
  ['http://10.0.0.1/', 'url_forbidden'],
  ['//192.168.1.1/', 'url_forbidden'],
  ['file:///etc/passwd', 'url_invalid'],
  ['ftp://127.0.0.1/', 'url_invalid'],
  ['data:text/plain,hello', 'url_invalid'],
  ['http://u:p@127.0.0.1:PORT/file', 'url_invalid'],
  ['http://', 'url_invalid'],
] satisfies [string, ErrorCode][])('refuses a redirect to %s', async (target, code) => {
  origin.route('/start', rig.redirect(target.replace('PORT', String(origin.port))))
  const fault = await faultOf(fetchText('/start'), code)
  expect(fault.reason).toMatch(/^videoUrl 重定向后的地址 /)
  expect(origin.hits).toHaveLength(1)
})

test('refuses a redirect to a link that is too long', async () => {
  origin.route('/start', rig.redirect(`/${'a'.repeat(9000)}`))
  expect((await faultOf(fetchText('/start'), 'url_invalid')).reason).toContain('过长')
})

test('refuses a redirect to a name that resolves into a private range', async () => {
  const lookup = async (host: string) => [
    { address: host === 'public.test' ? '127.0.0.1' : '127.0.0.2', family: 4 },
  ]
  const door = createOutbound({ ...config, fetchAllow: ['127.0.0.1/32'] }, { lookup })
  origin.route('/start', rig.redirect(`http://private.test:${origin.port}/file`))
  const fault = await faultOf(door.get(`http://public.test:${origin.port}/start`, plain), 'url_forbidden')
  expect(fault.reason).toContain('127.0.0.2（private.test）')
  expect(origin.hits).toHaveLength(1)
})

describe('the caller’s headers', () => {
  test('go to every hop of one origin', async () => {
    origin.route('/start', rig.redirect('/file'))
    await fetchText('/start', { Authorization: 'Bearer x', 'X-More': '1' })
    expect(origin.hits[1]?.headers).toMatchObject({ authorization: 'Bearer x', 'x-more': '1' })
  })

  test('lose credentials on the way to another origin', async () => {
    const other = await rig.startOrigin(rig.serve('the file'))
    origin.route('/start', rig.redirect(`${other.url}/file`))
    await fetchText('/start', { Authorization: 'Bearer x', Cookie: 'a=1', 'X-More': '1' })
    expect(other.hits[0]?.headers).not.toHaveProperty('authorization')
    expect(other.hits[0]?.headers).not.toHaveProperty('cookie')
    expect(other.hits[0]?.headers).toHaveProperty('x-more')
    await other.close()
  })
})
