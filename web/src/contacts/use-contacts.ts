import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { ContactView } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'

/** Everybody that a device can write to. @param enabled whether anybody wants to know */
export function useContacts(appId: string, enabled = true): UseQueryResult<ContactView[]> {
  return useQuery({
    queryKey: ['contacts', appId],
    queryFn: ({ signal }) => call<ContactView[]>('/console/contacts', { appId }, { signal }),
    enabled,
  })
}
