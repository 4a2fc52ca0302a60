import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../../bench/seeded.js'
import type { Database } from '../../src/database/database.ts'
import type { engines, Place } from '../rigs/databases.ts'
import type { Origin } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, run, settingsFor, startProcess } from '../rigs/process.ts'
import { type Receiver, startReceiver } from '../rigs/receiver.ts'
import { type Found, messagesAreWhole, together } from './aftermath.ts'
import { callbacksArrive } from './aftermath-callbacks.ts'
import { acknowledged, newTraffic, type Traffic } from './callers-traffic.ts'
import { startClips } from './clips.ts'
import { lookAfter, sweepIsDue } from './kill-checks.ts'
import { killAt, nextMoment } from './kill-moments.ts'
import { startRelay } from './kill-relay.ts'

interface LifeOptions {
  readonly engine: ReturnType<typeof engines>[number]
  readonly kills: number
  readonly seed: number
  /** Told what was found once a process serves again, after so many kills. */
  readonly onRound: (kills: number, found: Found) => void
}

/** Share of kills after which the next start is killed, too. */
const STARTS_KILLED = 0.25
/** The first part of a start only reads programs; a kill there shows little. */
const READING = 0.4
const CALLBACKS_MS = 90_000

/**
 * A gateway that is killed over and over, from its very first start on, and looked at after every restart.
 * @returns how many requests were told that they succeeded
 */
export async function live({ engine, kills, seed, onRound }: LifeOptions): Promise<number> {
  const random = seeded(seed)
  const [origin, relay, receiver, place] = await Promise.all([
    startClips((number) => (number % 7) * 8),
    startRelay(),
    startReceiver(),
    engine.place(),
  ])
  try {
    // SQLite lives in the gateway's folder, so that the test looks at the very file.
    const dataDir = engine.name === 'sqlite' ? dirname(place.path) : newFolder()
    const env = {
      HONGYAN_LOG_LEVEL: 'warn',
      HONGYAN_SECRET_KEY: '11'.repeat(32),
      ...(place.url ? { HONGYAN_DATABASE_URL: place.url.href } : {}),
    }
    const start = { dataDir, env }
    const blobs = join(dataDir, 'blobs')
    // Guessed for the first one, then measured.
    let startMs = 1000
    const kill = () => killStart(start, startMs * (READING + random() * (1 - READING)))
    const serveAgain = async () => {
      const from = performance.now()
      const serving = await startProcess(start)
      startMs = performance.now() - from
      return serving
    }
    await kill()
    let gateway = await serveAgain()
    const traffic = await begin(gateway, receiver, { origin, random: seeded(seed + 1) })
    for (let killed = 1; killed < kills; ) {
      const [calls, uploads] = [traffic.calls.length, traffic.uploads.length]
      await killAt(nextMoment(random), gateway, relay, traffic)
      killed += 1
      if (random() < STARTS_KILLED && killed < kills) {
        await kill()
        killed += 1
      }
      // At its start a gateway on SQLite tidies up; where several share a database, the daily sweep does.
      if (engine.name === 'postgres') await look(place, (database) => sweepIsDue(database, blobs))
      gateway = await serveAgain()
      relay.aim(gateway.baseUrl)
      const recent = { calls: traffic.calls.slice(calls), uploads: traffic.uploads.slice(uploads) }
      const found = await look(place, (database) => lookAfter({ database, blobs, gateway, traffic, recent }))
      onRound(killed, found)
      if (random() < 0.3) receiver.answers.push(500)
    }
    const atTheEnd = await look(place, async (database) => [
      await messagesAreWhole(database, traffic),
      await callbacksArrive(receiver, database, CALLBACKS_MS),
    ])
    onRound(kills, together(atTheEnd))
    await gateway.stop()
    const others = [...traffic.withdrawals, ...traffic.uploads].filter(({ reply }) => reply?.ret === 200)
    return acknowledged(traffic.calls).length + others.length
  } finally {
    await Promise.all([place.dispose(), origin.close(), relay.close(), receiver.close()])
  }
}

/** Starts the gateway and kills it so much later, before it serves. */
async function killStart(
  { dataDir, env }: { readonly dataDir: string; readonly env: Record<string, string> },
  afterMs: number,
): Promise<void> {
  const { child, ended } = run({ args: ['serve'], env: { ...settingsFor(dataDir), ...env } })
  // As in killAt, the moment is the thing.
  await sleep(afterMs)
  child.kill('SIGKILL')
  await ended
}

/** Two devices and a group, nothing said yet. */
export async function begin(
  gateway: GatewayProcess,
  receiver: Receiver,
  rest: { readonly origin: Origin; readonly random: () => number },
): Promise<Traffic> {
  await gateway.post('/tools/setCallback', { token: gateway.token, callbackUrl: receiver.url })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const room = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
    appId: sender.appId,
    wxids: [sender.wxid, friend.wxid],
  })
  return newTraffic({ sender, friend, chatroom: room.data.chatroomId, ...rest })
}

/** A connection that lives only as long as one look: while it is open, SQLite need not recover anything. */
async function look<T>(place: Place, at: (database: Database) => Promise<T>): Promise<T> {
  const database = await place.open()
  try {
    return await at(database)
  } finally {
    await database.close()
  }
}
