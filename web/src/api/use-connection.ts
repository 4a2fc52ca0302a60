import { useSyncExternalStore } from 'react'
import { type Connection, live } from './live.ts'

const watch = (changed: () => void) => live.watch(changed)

/** How the live feed is connected. */
export function useConnection(): Connection {
  return useSyncExternalStore(watch, () => live.connection)
}
