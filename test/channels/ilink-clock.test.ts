import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { faultOf } from '../outbound/door.ts'
import type { IlinkServer } from '../rigs/ilink-server.ts'
import { outgoing, startWorld, type World } from './ilink-world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  vi.useRealTimers()
  await world.close()
})

type Endpoint = Parameters<IlinkServer['next']>[0]

/** One turn of the event loop, real whatever the clocks say. */
const turn = () => new Promise((resolve) => setImmediate(resolve))
const live = new AbortController().signal

/** Lets a call hang at the rig until so much time has passed for our own clocks alone, and not before. */
async function waited<T>(endpoint: Endpoint, ms: number, call: () => Promise<T>): Promise<T> {
  world.rig.next(endpoint, { hang: true })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let settled = false
  const work = call().finally(() => {
    settled = true
  })
  work.catch(() => {})
  // Vitest's own poll would move the clock.
  while (world.rig.requests.at(-1)?.endpoint !== endpoint) await turn()
  await vi.advanceTimersByTimeAsync(ms - 1)
  await turn()
  expect(settled).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  return work
}

test('a send has no answer after 15 seconds', async () => {
  const message = {
    toWxid: world.phone.userId,
    context: world.context,
    body: { kind: 'text', text: 'x' },
  } as const
  const work = waited('sendmessage', 15_000, () => world.channel.send(world.credentials, message))
  expect(await faultOf(work, 'send_unknown')).toMatchObject({ sent: 'unknown' })
})

test('the question where to upload has no answer after 15 seconds', async () => {
  const work = waited('getuploadurl', 15_000, () =>
    world.channel.upload(world.credentials, world.phone.userId, outgoing('video'), live),
  )
  expect(await faultOf(work, 'channel_unreachable')).toMatchObject({ sent: 'no' })
})

test.each([
  ['begin', 'notifystart'],
  ['end', 'notifystop'],
] as const)('%s has no answer after 10 seconds', async (name, endpoint) => {
  await faultOf(
    waited(endpoint, 10_000, () => world.channel[name](world.credentials)),
    'channel_unreachable',
  )
})

test.each([
  [undefined, 40_000],
  [50_000, 55_000],
  [1, 6000],
  [10 ** 9, 125_000],
])('a poll that is to hold %j ms is an empty answer after %i', async (holdMs, ms) => {
  const polled = await waited('getupdates', ms, () =>
    world.channel.poll(world.credentials, { cursor: 'old', holdMs }, live),
  )
  expect(polled).toEqual({ messages: [], cursor: undefined, holdMs: undefined })
})

test('a login that has no answer waits after 35 seconds', async () => {
  const { login } = await world.channel.startLogin([])
  const state = await waited('get_qrcode_status', 35_000, () =>
    world.channel.stepLogin(login, undefined, live),
  )
  expect(state).toEqual({ kind: 'waiting', scanned: false, login })
})

test('an upload that gets nowhere is tried again after a minute, and a second for each 8 KiB', async () => {
  const abort = new AbortController()
  const file = outgoing('video', false)
  await waited('cdn/upload', 60_000 + Math.ceil((300_016 / 8192) * 1000), async () => {
    const work = world.channel.upload(world.credentials, world.phone.userId, file, abort.signal)
    work.catch(() => {})
    while (!world.log().includes('tried again')) await turn()
  })
  const attempts = world.rig.requests.filter(({ endpoint }) => endpoint === 'cdn/upload')
  expect(attempts).toHaveLength(1)
  expect(world.log()).toContain('微信 CDN 在 96624 毫秒')
  abort.abort()
})
