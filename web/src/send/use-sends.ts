import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { Outgoing } from './outgoing.ts'
import { sends } from './sends.ts'

/** Every send of these pages, the newest first. */
export function useSends(): readonly Outgoing[] {
  return useSyncExternalStore(sends.watch, sends.all)
}

/** Messages of a chat that its outbox shows, since they are not sent yet or failed. */
export function useOutboxIds(appId: string, peer: string): ReadonlySet<number> {
  // A text, so that only another set of them draws the chat anew, and not every step of a send.
  const ids = useSyncExternalStore(sends.watch, () => idsOf(sends.all(), appId, peer))
  return useMemo(() => new Set(ids.split(' ').map(Number)), [ids])
}

function idsOf(all: readonly Outgoing[], appId: string, peer: string): string {
  return all
    .filter(({ target, phase }) => target.appId === appId && target.peer === peer && phase !== 'sent')
    .flatMap(({ newMsgId }) => newMsgId ?? [])
    .join(' ')
}

/** The page's clock, anew every second; for what slows down while nothing is heard. */
export function useNow(): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
