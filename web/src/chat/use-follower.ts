import {
  type QueryClient,
  type QueryKey,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { live } from '../api/live.ts'
import { Follower } from './follower.ts'
import type { Known, Order, Page } from './merge.ts'

/** Milliseconds before the first new try; each later one waits twice as long. */
const FIRST_PAUSE_MS = 1000

export interface Followed<Row> {
  readonly query: UseQueryResult<Known<Row>>
  readonly older: { readonly load: () => void; readonly error: unknown }
}

/** What is followed: where its pages come from, and which hints concern it. */
interface Subject<Row> {
  readonly key: QueryKey
  readonly order: Order<Row>
  readonly page: (before: number | undefined, limit: number) => Promise<Page<Row>>
  readonly concerns: (hint: { readonly appId: string; readonly peer: string }) => boolean
}

/**
 * Rows that are kept true while they are looked at. An infinite query would lose what a hint brought while an older page
 * loads, since each of its fetches ends with the pages it began with; here both go through one `Follower`.
 */
export function useFollower<Row>(subject: Subject<Row>, followers: Followers<Row>): Followed<Row> {
  const { key, concerns } = subject
  const client = useQueryClient()
  const follower = followers.of(client, subject)
  const query = useQuery({
    queryKey: key,
    queryFn: async () => {
      await follower.reread()
      return client.getQueryData<Known<Row>>(key) ?? { rows: [], more: false }
    },
    // Hints say when something changed.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
    structuralSharing: false,
  })
  useEffect(() => {
    let lost = live.connection === 'lost'
    const stops = [
      live.on('message', (hint) => {
        if (concerns(hint)) follower.hint(hint.newMsgId)
      }),
      live.watch((connection) => {
        if (connection === 'open' && lost)
          void client.refetchQueries({ queryKey: key, exact: true }, { cancelRefetch: false })
        lost = connection === 'lost'
      }),
    ]
    return () => {
      for (const stop of stops) stop()
      follower.trim()
    }
  }, [client, key, concerns, follower])
  return { query, older: useOlder(follower) }
}

function useOlder<Row>(follower: Follower<Row>): Followed<Row>['older'] {
  const [error, setError] = useState<unknown>()
  const load = useCallback(() => {
    setError(undefined)
    follower.older().catch(setError)
  }, [follower])
  return { load, error }
}

/** One follower for each query of a client, for as long as the client lives: two would undo each other's work. */
export class Followers<Row> {
  readonly #of = new WeakMap<QueryClient, Map<string, Follower<Row>>>()

  of(client: QueryClient, { key, order, page }: Subject<Row>): Follower<Row> {
    const ofClient = this.#of.get(client) ?? new Map<string, Follower<Row>>()
    this.#of.set(client, ofClient)
    const name = JSON.stringify(key)
    const follower =
      ofClient.get(name) ??
      new Follower<Row>({
        order,
        page,
        read: () => client.getQueryData<Known<Row>>(key),
        write: (known) => client.setQueryData<Known<Row>>(key, known),
        pause: (tries) => new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tries - 1))),
      })
    ofClient.set(name, follower)
    return follower
  }
}
