import { setTimeout as sleep } from 'node:timers/promises'
import type { SendHint } from '../feed.ts'
import { type Api, parsed } from './api.ts'
import { readEvents } from './event-stream.ts'

const AGAIN_MS = 1000

type Feed = AsyncIterable<Uint8Array> | undefined

/**
 * Tells `onSend` how sends under the token come on, until `signal`; comes back where the connection breaks.
 * @returns whether there is a feed to follow
 */
export async function followSends(
  api: Api,
  onSend: (hint: SendHint) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const first = await api.openFeed('', signal).catch(() => undefined)
  if (!first) return false
  void keepFollowing(api, first, onSend, signal)
  return true
}

async function keepFollowing(
  api: Api,
  first: Feed,
  onSend: (hint: SendHint) => void,
  signal: AbortSignal,
): Promise<void> {
  let feed = first
  let last = ''
  while (!signal.aborted) {
    try {
      if (feed) {
        for await (const { id, event, data } of readEvents(feed)) {
          last = id || last
          const hint = event === 'send' ? parsed(data) : undefined
          if (isHint(hint)) onSend(hint)
        }
      }
      await sleep(AGAIN_MS, undefined, { signal })
      feed = await api.openFeed(last, signal)
    } catch {
      // Broken off, or over. What was missed is told again after `last`.
      feed = undefined
    }
  }
}

const stages: readonly string[] = [
  'fetch',
  'seal',
  'upload',
  'send',
  'sent',
  'failed',
] satisfies SendHint['stage'][]

function isHint(value: unknown): value is SendHint {
  if (typeof value !== 'object' || !value) return false
  if (!('key' in value && 'stage' in value && 'done' in value && 'total' in value)) return false
  const { stage, done, total } = value
  const known = typeof stage === 'string' && stages.includes(stage)
  return known && isCount(done) && (total === null || isCount(total))
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
