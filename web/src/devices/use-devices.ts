import { queryOptions, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { DeviceView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'

/** A network that falls silent is no event: it is looked for so often, milliseconds. */
const LOOK_MS = 30_000

const devices = queryOptions({
  queryKey: ['devices'],
  queryFn: ({ signal }) => call<DeviceView[]>('/console/devices', {}, { signal }),
  refetchInterval: LOOK_MS,
})

/** All devices of the token. */
export function useDevices(): UseQueryResult<DeviceView[]> {
  return useQuery(devices)
}

/** One of them; null where the token has no such device. */
export function useDevice(appId: string): UseQueryResult<DeviceView | null> {
  return useQuery({ ...devices, select: (all) => all.find((device) => device.appId === appId) ?? null })
}
