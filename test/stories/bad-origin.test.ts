import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import * as origin from '../rigs/origin.ts'
import { expectRefusal, picture, startWorld, video, type World } from './refusal.ts'

const limit = 256 * 1024
let world: World
beforeAll(async () => {
  world = await startWorld({
    HONGYAN_FETCH_IDLE_TIMEOUT_MS: '300',
    HONGYAN_FETCH_CONNECT_TIMEOUT_MS: '2000',
    HONGYAN_MAX_VIDEO_BYTES: String(limit),
    HONGYAN_MAX_THUMB_BYTES: String(limit),
  })
})
afterAll(() => world.close())

const half = video.subarray(0, 9000)

const faults: [string, origin.Behaviour, ErrorCode][] = [
  ['answers 404', origin.status(404), 'fetch_status'],
  ['answers 403', origin.status(403), 'fetch_status'],
  ['answers 500', origin.status(500), 'fetch_status'],
  ['answers 204', origin.status(204), 'fetch_status'],
  ['answers 206', origin.status(206), 'fetch_status'],
  ['answers 304 unasked', origin.status(304), 'fetch_status'],
  ['never answers', origin.silent(), 'fetch_timeout'],
  ['hangs up', origin.hangUp(), 'fetch_unreachable'],
  ['speaks no HTTP', origin.raw('SSH-2.0-OpenSSH\r\n'), 'fetch_status'],
  ['sends endless headers', origin.raw(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`), 'fetch_status'],
  ['sends an empty body', origin.empty(), 'fetch_empty'],
  ['sends an empty body in chunks', origin.empty(true), 'fetch_empty'],
  ['sends fewer bytes than promised', origin.short(video, 5), 'fetch_interrupted'],
  ['cuts its chunks short', origin.cutChunked(video), 'fetch_interrupted'],
  ['resets in the middle of a promised length', origin.reset(half), 'fetch_interrupted'],
  ['resets in the middle of chunks', origin.reset(half, 'chunked'), 'fetch_interrupted'],
  ['resets before the close that marks the end', origin.reset(half, 'close'), 'fetch_interrupted'],
  ['stalls in the middle', origin.stall(half), 'fetch_timeout'],
  ['sends a byte now and then', origin.drip(50), 'fetch_timeout'],
  ['promises more than the limit', origin.big(limit + 1, video), 'fetch_too_large'],
  ['sends a gzip bomb', origin.gzipBomb(), 'fetch_status'],
  ['redirects nowhere', origin.redirect(undefined), 'fetch_status'],
]

describe.each(['videoUrl', 'thumbUrl'])('an origin of the %s that', (field) => {
  test.each(faults)('%s is refused after one GET', async (name, behaviour, code) => {
    const path = `/${field}/${encodeURIComponent(name)}`
    world.origin.route(path, behaviour)
    const ask = () => world.postVideo({ [field]: world.link(path) })
    await expectRefusal(world.gateway, ask, { code, says: new RegExp(field) })
    expect(world.origin.hitsOf(path).map(({ method }) => method)).toEqual(['GET'])
  })

  test('sends without end what begins as it should is refused', async () => {
    world.origin.route('/more', (_request, response) => {
      response.write(video)
      const timer = setInterval(() => response.write(Buffer.alloc(64 * 1024)), 5)
      response.on('close', () => clearInterval(timer))
    })
    const ask = () => world.postVideo({ [field]: world.link('/more') })
    await expectRefusal(world.gateway, ask, { code: 'fetch_too_large', says: /262144/ })
  })

  test('sends more bytes than promised is refused', async () => {
    world.origin.route('/long', origin.long(field === 'videoUrl' ? video : picture, 5))
    const ask = () => world.postVideo({ [field]: world.link('/long') })
    await expectRefusal(world.gateway, ask, { code: 'fetch_interrupted', says: new RegExp(field) })
  })

  test('sends anything without end is refused', async () => {
    world.origin.route('/endless', origin.endless())
    const ask = () => world.postVideo({ [field]: world.link('/endless') })
    // What is no video is seen at once; a picture is judged whole.
    await expectRefusal(world.gateway, ask, {
      code: field === 'videoUrl' ? 'video_invalid' : 'fetch_too_large',
    })
  })

  test('redirects in a loop is refused', async () => {
    world.origin.route('/a', origin.redirect('/b'))
    world.origin.route('/b', origin.redirect('/a'))
    const ask = () => world.postVideo({ [field]: world.link('/a') })
    await expectRefusal(world.gateway, ask, { code: 'fetch_redirects' })
  })

  test('redirects ever on is refused', async () => {
    const steps = Array.from({ length: 20 }, (_, step) => step)
    for (const step of steps) world.origin.route(`/${step}`, origin.redirect(`/${step + 1}?more`))
    const ask = () => world.postVideo({ [field]: world.link('/0') })
    await expectRefusal(world.gateway, ask, { code: 'fetch_redirects' })
  })

  test('is not there is refused', async () => {
    const gone = await origin.startOrigin()
    await gone.close()
    const ask = () => world.postVideo({ [field]: `${gone.url}/v.mp4` })
    await expectRefusal(world.gateway, ask, { code: 'fetch_unreachable', says: /拒绝连接/ })
  })

  test('has a name that does not resolve is refused', () =>
    expectRefusal(world.gateway, () => world.postVideo({ [field]: 'http://nowhere.invalid/v.mp4' }), {
      code: 'fetch_unreachable',
      says: /nowhere\.invalid/,
    }))
})

test('a download that takes longer than the limit is given up', async () => {
  const slow = await startWorld({ HONGYAN_FETCH_TOTAL_TIMEOUT_MS: '400', HONGYAN_FETCH_MIN_RATE: '0' })
  try {
    slow.origin.route('/slow', origin.drip(20))
    await expectRefusal(slow.gateway, () => slow.postVideo({ thumbUrl: slow.link('/slow') }), {
      code: 'fetch_timeout',
    })
  } finally {
    await slow.close()
  }
})

test('every connection to a refused origin is closed', async () => {
  await expect.poll(() => world.origin.open).toBe(0)
})
