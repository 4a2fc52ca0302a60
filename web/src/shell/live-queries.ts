import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { live } from '../api/live.ts'
import { isRunning } from '../send/outgoing.ts'
import { sends } from '../send/sends.ts'

/** Holds the live feed open, and lets it make old what is known of the gateway. */
export function useLiveQueries(): void {
  const client = useQueryClient()
  useEffect(() => {
    const stops = [
      live.on('device', () => renew(client, (part) => part === 'devices')),
      live.on('reset', () => renew(client, (part) => part !== 'session')),
      openWhileSeen(),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [client])
}

function renew(client: QueryClient, concerns: (part: unknown) => boolean): void {
  void client.invalidateQueries({ predicate: ({ queryKey }) => concerns(queryKey[0]) })
}

/** Milliseconds for which a page that nobody sees holds its connection: a browser has six to a gateway, for all its tabs. */
const HIDDEN_MS = 30_000

/** Opened anew, the feed begins with a `reset`, so that nothing is missed. @returns closes it */
function openWhileSeen(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(timer)
    if (document.visibilityState === 'visible') live.open()
    else timer = setTimeout(rest, HIDDEN_MS)
  }
  const rest = () => {
    if (sends.all().some(isRunning)) look()
    else live.close()
  }
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    document.removeEventListener('visibilitychange', look)
    clearTimeout(timer)
    live.close()
  }
}
