import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engines, type Place } from '../rigs/databases.ts'
import { startCluster } from '../rigs/postgres-cluster.ts'
import { until } from '../rigs/process.ts'
import { type Call, send } from './callers-traffic.ts'
import { startWire, type Wire } from './cut-off.ts'
import {
  failuresOf,
  newVideo,
  rounds,
  seed,
  startCallers,
  startWorld,
  untilFailed,
  untilReadyIs,
  untilServed,
  type World,
} from './fault-world.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const postgres = engines().find(({ name }) => name === 'postgres')
/** A commit that was under way when the server went may have come true. */
const UNSURE = ['no', 'unknown']

describe.skipIf(!postgres)(`PostgreSQL behind a wire that is cut (seed ${seed})`, () => {
  let place: Place | undefined
  let wire: Wire
  let world: World

  beforeEach(async () => {
    place = await postgres?.place()
    wire = await startWire(place?.url ?? new URL('postgres://nowhere'))
    wire.url.searchParams.set('query_timeout', '1500')
    world = await startWorld({ env: { HONGYAN_DATABASE_URL: wire.url.href } })
  })
  afterEach(async () => {
    await world.close()
    await wire.close()
    await place?.dispose()
  })

  test('a server that refuses, hangs or resets midway through a transaction fails requests in words, and is gone on with', {
    timeout: 120_000 * rounds,
  }, async () => {
    const stop = startCallers(world)
    await untilServed(world)
    for (let round = 0; round < rounds; round += 1) {
      for (const mode of ['refuse', 'hang'] as const) {
        wire.set(mode)
        await untilFailed(world, '/message/postVideo', 'database_failed')
        expect(await untilReadyIs(world, 503)).toMatchObject({ database: 'failed' })
        wire.set('pass')
        await untilServed(world)
        await untilReadyIs(world, 200)
      }
      const before = wire.struck
      wire.set('reset-midway')
      await until('transactions are cut', () => wire.struck >= before + 5)
      wire.set('pass')
      await untilServed(world)
    }
    await stop()
    failuresOf(world, ['database_failed'], UNSURE)
    const left = await whatIsLeft(world, place?.url)
    report({ fault: 'database cut off', tried: 7 * rounds, seed, ...left })
  })

  test('a send whose commit was not answered says that it does not know, and its key tells it', {
    timeout: 60_000 * rounds,
  }, async () => {
    const { traffic } = world
    for (let round = 0; round < 3 * rounds; round += 1) {
      const call: Call = { ...newVideo(world), key: randomUUID() }
      traffic.calls.push(call)
      wire.set('lose-commit')
      const first = await send(world.gateway, call)
      expect(first).toMatchObject({ ret: 500, data: { code: 'database_failed', sent: 'unknown' } })
      wire.set('pass')
      call.reply = await send(world.gateway, call)
      expect(call.reply.ret).toBe(200)
      expect(await send(world.gateway, call)).toEqual(call.reply)
    }
    const left = await whatIsLeft(world, place?.url)
    expect(left.acknowledged).toBe(3 * rounds)
    report({ fault: 'answer of a commit lost', tried: wire.struck, seed, ...left })
  })

  test('a server that hangs does not keep the process from stopping', async () => {
    wire.set('hang')
    expect(await world.gateway.stop()).toEqual({ code: 0, signal: null })
  })
})

test.skipIf(!postgres)(
  `PostgreSQL that is restarted at once fails sends in words at most, and is gone on with (seed ${seed})`,
  { timeout: 60_000 * rounds },
  async ({ skip }) => {
    const cluster = await startCluster('secret', { durable: true })
    // The other tests may use a server that was given to the run; this one needs programs to start its own.
    if (!cluster) return skip('no PostgreSQL of its own starts here')
    const world = await startWorld({ env: { HONGYAN_DATABASE_URL: cluster.url } })
    try {
      const stop = startCallers(world)
      for (let round = 0; round < rounds; round += 1) {
        await untilServed(world)
        await cluster.restart()
        await untilServed(world)
        await untilReadyIs(world, 200)
      }
      await stop()
      failuresOf(world, ['database_failed'], UNSURE)
      const left = await whatIsLeft(world, new URL(cluster.url))
      report({ fault: 'database restarted', tried: rounds, seed, ...left })
    } finally {
      await world.close()
      await cluster.stop()
    }
  },
)
