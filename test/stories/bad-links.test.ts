import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, redirect, serve, startOrigin } from '../rigs/origin.ts'
import { expectRefusal, secret, startWorld, video, type World } from './refusal.ts'

/** The door as it is by default: nothing private is open. */
let closed: World
/** Only an origin on 127.0.0.2 is open, so that a video arrives whose thumbnail must not. */
let ajar: World
let open: Origin
beforeAll(async () => {
  closed = await startWorld({ HONGYAN_FETCH_ALLOW: '' })
  ajar = await startWorld({ HONGYAN_FETCH_ALLOW: '127.0.0.2/32' })
  open = await startOrigin({ '/v.mp4': serve(video) }, { host: '127.0.0.2' })
})
afterAll(async () => {
  for (const part of [closed, ajar, open]) await part.close()
})

const at = {
  videoUrl: (url: string) => ({ in: closed, ask: () => closed.postVideo({ videoUrl: url, thumbUrl: '' }) }),
  thumbUrl: (url: string) => ({
    in: ajar,
    ask: () => ajar.postVideo({ videoUrl: `${open.url}/v.mp4`, thumbUrl: url }),
  }),
}

describe.each(['videoUrl', 'thumbUrl'] as const)('a %s', (field) => {
  test.each([
    'ftp://example.com/v.mp4',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'javascript:alert(1)',
    'gopher://example.com/',
    'C:\\v.mp4',
    '/v.mp4',
    'v.mp4',
    'http://',
    'http://[::1',
    'http://user:pass@example.com/v.mp4',
    'https://user@example.com/v.mp4',
    'http://:@user@example.com/',
    'http://example.com:99999/',
    'http://example.com:0/',
    'http://exa mple.com/',
    'https://256.256.256.256/',
  ])('that is no plain http link, %s, is refused', (url) => {
    const attempt = at[field](url)
    const says = new RegExp(`^${field} `)
    return expectRefusal(attempt.in.gateway, attempt.ask, { code: 'url_invalid', says })
  })

  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '１２７.0.0.1',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1.',
  ])('to %s is forbidden, naming the setting that would open it', async (host) => {
    const attempt = at[field](`http://${host}:${closed.origin.port}/v.mp4?${secret}`)
    const says = new RegExp(`^${field} .*HONGYAN_FETCH_ALLOW`)
    await expectRefusal(attempt.in.gateway, attempt.ask, { code: 'url_forbidden', says })
  })
})

test('a callback URL goes through the same door', async () => {
  const callbackUrl = closed.link('/callback')
  const ask = () => closed.gateway.post('/tools/setCallback', { callbackUrl })
  const title = `${closed.origin.url}/callback push msg err`
  await expectRefusal(closed.gateway, ask, {
    code: 'callback_unreachable',
    title,
    says: /HONGYAN_FETCH_ALLOW/,
  })
})

test('a callback URL that is no http link is refused', () =>
  expectRefusal(
    closed.gateway,
    () => closed.gateway.post('/tools/setCallback', { callbackUrl: 'file:///x' }),
    {
      code: 'url_invalid',
    },
  ))

test.each([
  ['/away', 'url_forbidden'],
  ['/scheme', 'url_invalid'],
  ['/named', 'url_forbidden'],
] as const)('a redirect leads nowhere that a link could not: %s', async (path, code) => {
  open.route('/away', redirect(`${ajar.origin.url}/v.mp4`))
  open.route('/scheme', redirect('file:///etc/passwd'))
  open.route('/named', redirect(`//localhost:${ajar.origin.port}/v.mp4`))
  const ask = () => ajar.postVideo({ videoUrl: `${open.url}${path}?${secret}`, thumbUrl: '' })
  await expectRefusal(ajar.gateway, ask, { code, says: /重定向/ })
})

test('a link is taken once, not for each of its faults', async () => {
  const before = open.hits.length
  await ajar.postVideo({ videoUrl: `${open.url}/gone.mp4`, thumbUrl: '' })
  expect(open.hits.length).toBe(before + 1)
})

test('the listeners on loopback were never touched', () => {
  expect([closed.origin.connections, ajar.origin.connections]).toEqual([0, 0])
})
