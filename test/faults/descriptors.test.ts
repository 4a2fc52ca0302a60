import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../rigs/process.ts'
import {
  failuresOf,
  rounds,
  seed,
  startCallers,
  startWorld,
  untilFailed,
  untilReadyIs,
  untilServed,
} from './fault-world.ts'
import { report } from './table.ts'
import { whatIsLeft } from './what-is-left.ts'

const limitable = spawnSync('prlimit', ['--version']).status === 0
if (!limitable) console.warn('prlimit is not installed: the test of used-up file descriptors did not run')

/** How many more files the gateway may open than it has open while it is at work. */
const SPARE = 40

const openOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** Opens connections that ask nothing until no more are taken. @returns closes them */
async function exhaust(baseUrl: string, pid: number, limit: number): Promise<() => void> {
  const { hostname, port } = new URL(baseUrl)
  const idle = new Set<Socket>()
  await until('no file can be opened', () => {
    const socket = connect({ host: hostname, port: Number(port) })
    idle.add(socket)
    // What is not taken is closed at once, which is what this is for.
    socket.on('error', () => undefined).on('close', () => idle.delete(socket))
    return openOf(pid) >= limit - 1 || undefined
  })
  return () => {
    for (const socket of idle) socket.destroy()
  }
}

test.skipIf(!limitable)(
  `when all file descriptors are used up requests fail in words, and go on when connections are closed (seed ${seed})`,
  { timeout: 120_000 * rounds },
  async () => {
    const world = await startWorld()
    const pid = world.gateway.child.pid ?? 0
    try {
      const stop = startCallers(world)
      await untilServed(world)
      const limit = openOf(pid) + SPARE
      expect(spawnSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}`]).status).toBe(0)
      for (let round = 0; round < rounds; round += 1) {
        await untilServed(world)
        const close = await exhaust(world.gateway.baseUrl, pid, limit)
        await untilFailed(world, '/message/postVideo', 'files_exhausted')
        close()
        await untilServed(world)
        await untilReadyIs(world, 200)
      }
      await stop()
      expect(failuresOf(world, ['files_exhausted']).length).toBeGreaterThan(0)
      expect(world.gateway.child.exitCode).toBe(null)
      report({ fault: 'no file descriptors', tried: rounds, seed, ...(await whatIsLeft(world)) })
    } finally {
      await world.close()
    }
  },
)
