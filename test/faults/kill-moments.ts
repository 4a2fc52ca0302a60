import { setTimeout as sleep } from 'node:timers/promises'
import { type GatewayProcess, until } from '../rigs/process.ts'
import { clientOf } from '../rigs/process-client.ts'
import { sendUntilItDies } from './callers.ts'
import type { Traffic } from './callers-traffic.ts'
import type { Relay } from './kill-relay.ts'

/** When the process is killed, while the callers are at it. */
export interface Moment {
  /** Anywhere, right after a byte of an answer, or while it stops by itself. */
  readonly kind: 'any' | 'byte' | 'stop'
  /** The byte, or how many answers come first. */
  readonly after: number
  /** And so much later. */
  readonly pauseMs: number
}

/** Most replies are some 400 bytes long, downloads 20 KB. */
const BYTES = 60_000
const REPLIES = 80
const PAUSE_MS = 40

export function nextMoment(random: () => number): Moment {
  const kind = random()
  const [after, pause] = [random(), random()]
  if (kind < 0.25) return { kind: 'byte', after: 1 + Math.floor(after * BYTES), pauseMs: 0 }
  const pauseMs = pause * PAUSE_MS
  return { kind: kind < 0.4 ? 'stop' : 'any', after: Math.floor(after * REPLIES), pauseMs }
}

/** Lets the callers work through the relay until the moment comes; resolves when the process and the callers are gone. */
export async function killAt(
  moment: Moment,
  gateway: GatewayProcess,
  relay: Relay,
  traffic: Traffic,
): Promise<void> {
  let replies = 0
  const kill = () => gateway.child.kill('SIGKILL')
  if (moment.kind === 'byte') relay.aim(gateway.baseUrl, moment.after, kill)
  else relay.aim(gateway.baseUrl)
  const client = { ...clientOf(relay.url, gateway.token), baseUrl: relay.url }
  const allGone = sendUntilItDies(traffic, client, () => {
    replies += 1
  })
  if (moment.kind !== 'byte') {
    await until('the callers are under way', () => replies >= moment.after || undefined)
    if (moment.kind === 'stop') gateway.child.kill('SIGTERM')
    // The moment within a request is what varies here; nothing is waited for.
    await sleep(moment.pauseMs)
    kill()
  }
  await gateway.ended
  await allGone
}
