import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { EventState, EventView, eventDetail, events } from '../../../src/console/schema.ts'
import { call } from '../api/call.ts'

/** A page of events, with the callback they go to. */
export type EventsView = Static<typeof events>
export type EventDetailView = Static<typeof eventDetail>

const PAGE = 30
/** Deliveries tell nothing by themselves, so the page asks while somebody looks at it. */
const ASK_MS = 3000

/** Events of one state or of all, the newest first, with the callback they go to. */
export function useEvents(state: EventState | undefined) {
  return useInfiniteQuery({
    queryKey: ['events', state ?? 'all'],
    queryFn: ({ pageParam, signal }) =>
      call<EventsView>(
        '/console/events',
        { limit: PAGE, ...(state ? { state } : {}), ...(pageParam === 0 ? {} : { before: pageParam }) },
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: ({ events, more }) => (more ? events.at(-1)?.id : undefined),
    // Every page is asked for anew: the more there are, the less often.
    refetchInterval: ({ state: { data } }) => ASK_MS * (data?.pages.length ?? 1),
    placeholderData: keepPreviousData,
  })
}

export function useEvent(id: number) {
  return useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => call<EventDetailView>('/console/event', { id }, { signal }),
    refetchInterval: ASK_MS,
  })
}

export function useSendAgain(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => call<EventView>('/console/sendAgain', { id }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['event', id] }),
        client.invalidateQueries({ queryKey: ['events'] }),
      ]),
  })
}

/** Sets the URL, which posts a test there first. */
export function useSetCallback() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (callbackUrl: string) => call('/console/setCallback', { callbackUrl }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['events'] }),
  })
}
