import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RemoteChannel } from '../../src/channels/channel.ts'
import { writeCredentials } from '../../src/channels/ilink/credentials.ts'
import { faultOf } from '../outbound/door.ts'
import { type Origin, serve, startOrigin } from '../rigs/origin.ts'
import { outgoing, startWorld, type World } from './ilink-world.ts'

let world: World
let origin: Origin
beforeEach(async () => {
  world = await startWorld()
  origin = await startOrigin(serve('{"ret":0}', { type: 'application/json' }))
})
afterEach(async () => {
  await origin.close()
  await world.close()
})

const never = new AbortController().signal

/** Addresses that only a server without good intentions names; the origin is one that answers. */
const addresses = () => [
  `${origin.url}/up?sig=query-secret`,
  `http://localhost:${origin.port}/?sig=query-secret`,
  `http://[::ffff:127.0.0.1]:${origin.port}/?sig=query-secret`,
  `http://2130706433:${origin.port}/?sig=query-secret`,
  'http://10.0.0.1/?sig=query-secret',
  'http://169.254.169.254/?sig=query-secret',
  'file:///etc/passwd',
  `gopher://127.0.0.1:${origin.port}/?sig=query-secret`,
  `http://user:query-secret@127.0.0.1:${origin.port}/`,
  'http://[query-secret',
  `${origin.url}/${'query-secret'.repeat(10_000)}`,
]

test('an upload address that is not the configured CDN’s and not public gets no byte', async () => {
  const to = world.phone.userId
  for (const upload_full_url of addresses()) {
    world.rig.next('getuploadurl', { answer: { ret: 0, upload_full_url } })
    const fault = await faultOf(
      world.channel.upload(world.credentials, to, outgoing('file'), never),
      'upload_failed',
    )
    expect([fault.sent, fault.retryable]).toEqual(['no', false])
    expect(fault.reason).not.toContain('query-secret')
  }
  expect(origin.hits).toEqual([])
  expect(world.log()).not.toContain('query-secret')
})

test('a thumbnail’s address neither, and the video goes without it', async () => {
  const to = world.phone.userId
  for (const thumb_upload_full_url of addresses()) {
    const upload_full_url = `${world.rig.cdnUrl}/upload`
    const refused = { answer: { ret: -1 } }
    world.rig.next('getuploadurl', { answer: { ret: 0, upload_full_url, thumb_upload_full_url } }, refused)
    world.rig.next('cdn/upload', { status: 200, headers: { 'x-encrypted-param': 'd' } })
    const reference = await world.channel.upload(world.credentials, to, outgoing('video'), never)
    expect(reference).not.toContain('thumb')
  }
  expect(origin.hits).toEqual([])
  expect(world.log()).not.toContain('query-secret')
})

test('an API base that is neither configured nor public gets no request, and no token', async () => {
  const { token, botId, userId } = world.bot
  const calls: ((credentials: string, channel: RemoteChannel) => Promise<unknown>)[] = [
    (credentials, channel) => channel.begin(credentials),
    (credentials, channel) => channel.end(credentials),
    (credentials, channel) => channel.poll(credentials, { cursor: '', holdMs: 1000 }, never),
    (credentials, channel) => channel.upload(credentials, userId, outgoing('image'), never),
    (credentials, channel) =>
      channel.send(credentials, { toWxid: userId, context: 'c', body: { kind: 'text', text: 'x' } }),
  ]
  for (const baseUrl of [origin.url, 'http://10.0.0.1', `http://localhost:${origin.port}`]) {
    const credentials = writeCredentials({ token, baseUrl, botId, userId })
    for (const call of calls) {
      const fault = await faultOf(call(credentials, world.channel), 'channel_unreachable')
      expect([fault.sent, fault.retryable]).toEqual(['no', false])
    }
  }
  expect(origin.hits).toEqual([])
})

test('a CDN that answers an upload with a body that never ends is heard no further than it must be', async () => {
  let written = 0
  origin.route('/c2c/upload', (request, response) => {
    request.resume()
    response.writeHead(200, { 'x-encrypted-param': 'd' })
    const more = () => {
      while (!response.destroyed) {
        written += 64 * 1024
        if (!response.write(Buffer.alloc(64 * 1024))) return response.once('drain', more)
      }
      return undefined
    }
    more()
  })
  const channel = world.with({ ilinkCdnUrl: new URL(`${origin.url}/c2c`) })
  world.rig.next('getuploadurl', { answer: { ret: 0, upload_param: 'p' } })
  const reference = await channel.upload(world.credentials, world.phone.userId, outgoing('file'), never)
  expect(JSON.parse(reference)).toMatchObject({ d: 'd' })
  expect(written).toBeLessThan(64 * 1024 ** 2)
})

test.each<[string, Record<string, string>]>([
  ['of 9 KB', { 'x-encrypted-param': 'x'.repeat(9000) }],
  ['of blanks', { 'x-encrypted-param': '   ' }],
])('a download parameter %s is none', async (_, headers) => {
  world.rig.next('cdn/upload', ...Array(3).fill({ status: 200, headers }))
  const fault = await faultOf(
    world.channel.upload(world.credentials, world.phone.userId, outgoing('file'), never),
    'upload_failed',
  )
  expect(fault.sent).toBe('no')
})
