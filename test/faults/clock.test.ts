import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, until } from '../rigs/process.ts'
import { xmlOf } from '../rigs/process-client.ts'
import { acknowledged, type Call, send } from './callers-traffic.ts'
import { sha256 } from './clips.ts'
import {
  failuresOf,
  newVideo,
  rounds,
  seed,
  startCallers,
  startWorld,
  untilServed,
  type World,
} from './fault-world.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const library = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path))
if (!library) console.warn('libfaketime is not installed: the tests of a clock that steps did not run')

const HOUR_S = 3600

/** A wall clock that a process started with `env` sees; its monotonic clock goes on untouched. */
function movableClock() {
  const file = join(newFolder(), 'offset')
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  }
  return { env, set: (seconds: number) => writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}\n`) }
}

/** Waits until the gateway's clock is so far from ours. */
function untilClockIs({ gateway }: World, seconds: number): Promise<boolean> {
  return until(`the gateway's clock is ${seconds} s off`, async () => {
    const { headers } = await fetch(`${gateway.baseUrl}/healthz`)
    const off = (Date.parse(headers.get('date') ?? '') - Date.now()) / 1000
    return Math.abs(off - seconds) < HOUR_S / 4 || undefined
  })
}

/** A send under a key, told the same whenever it is asked again, and a link to it that stays open. */
async function oldPromises(world: World): Promise<() => Promise<void>> {
  const { gateway, traffic } = world
  const call: Call = { ...newVideo(world), key: `clock-${seed}` }
  traffic.calls.push(call)
  call.reply = await send(gateway, call)
  expect(call.reply).toMatchObject({ ret: 200 })
  const body = { appId: traffic.sender.appId, xml: xmlOf(call.reply.data) }
  const { data } = await gateway.post<{ fileUrl: string }>('/message/downloadVideo', body)
  return async () => {
    expect(await send(gateway, call)).toEqual(call.reply)
    const bytes = Buffer.from(await (await fetch(data.fileUrl)).arrayBuffer())
    expect(sha256(bytes)).toBe(sha256(call.original?.() ?? Buffer.alloc(0)))
  }
}

test.skipIf(!library)(
  `a clock that steps an hour on or back breaks nothing: ids, keys, links, callbacks (seed ${seed})`,
  { timeout: 120_000 * rounds },
  async () => {
    const clock = movableClock()
    await clock.set(0)
    const world = await startWorld({ env: clock.env })
    // What was due when the clock went back is due again when the clock has caught up, so it ends ahead.
    const steps = Array.from({ length: rounds }, () => [-HOUR_S, 0, HOUR_S]).flat()
    try {
      const kept = await oldPromises(world)
      const stop = startCallers(world)
      for (const seconds of steps) {
        await untilServed(world)
        await clock.set(seconds)
        await untilClockIs(world, seconds)
        await untilServed(world)
        await kept()
      }
      await stop()
      // An hour later by the clock, what was just sent can no longer be taken back.
      failuresOf(world, ['revoke_expired'])
      const ids = acknowledged(world.traffic.calls).map(({ sent }) => sent.newMsgId)
      expect(new Set(ids).size).toBe(ids.length)
      expect(await fetch(`${world.gateway.baseUrl}/readyz`)).toMatchObject({ status: 200 })
      report({ fault: 'clock steps an hour', tried: steps.length, seed, ...(await whatIsLeft(world)) })
    } finally {
      await world.close()
    }
  },
)
