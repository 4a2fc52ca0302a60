import type { ServerResponse } from 'node:http'
import { clipOf, video } from '../faults/clips.ts'
import type { Origin } from '../rigs/origin.ts'
import { type GatewayProcess, newFolder, startProcess, until } from '../rigs/process.ts'

/** A gateway with a postVideo under way: its origin holds the video back until `release`. */
export interface Held {
  readonly gateway: GatewayProcess
  /** The reply, as parsed; or how the connection failed. */
  readonly outcome: Promise<{ readonly reply: unknown } | { readonly closed: unknown }>
  release(): void
}

/** No setting but the one under test may end a request. */
const patient = {
  HONGYAN_FETCH_IDLE_TIMEOUT_MS: '600000',
  HONGYAN_FETCH_TOTAL_TIMEOUT_MS: '600000',
  HONGYAN_FETCH_MIN_RATE: '0',
}

/**
 * Starts one that waits at `origin`.
 * @param env how long a stop waits, mostly
 */
export async function holdSend(origin: Origin, env: Record<string, string>): Promise<Held> {
  const waiting: ServerResponse[] = []
  origin.route('/7.mp4', (_request, response) => waiting.push(response))
  const gateway = await startProcess({ dataDir: newFolder(), env: { ...patient, ...env } })
  const [sender, friend] = [await gateway.device(), await gateway.device()]
  const outcome = gateway
    .post('/message/postVideo', { appId: sender.appId, toWxid: friend.wxid, ...video(origin, 7) })
    .then(
      (reply) => ({ reply }),
      (closed: unknown) => ({ closed }),
    )
  await until('the gateway asks the origin', () => waiting.length > 0)
  return {
    gateway,
    outcome,
    release: () => waiting[0]?.end(clipOf(7)),
  }
}

/** Sends a signal and waits until the gateway says that it took it. */
export async function signal({ child, stdout }: GatewayProcess, name: NodeJS.Signals): Promise<void> {
  child.kill(name)
  await until(`it took ${name}`, () => stdout().includes('finishing the requests in flight'))
}
