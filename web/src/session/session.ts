import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Session } from '../../../src/console/schema.ts'
import { CallError, call, isUnreachable, onSignedOut } from '../api/call.ts'

/** Who is signed in; null for nobody. */
type Known = Session | null

const key = ['session']

/** Signs in with a token or a pass; neither is kept. @throws {CallError} token_invalid, too_many_requests */
export function signIn(token: string): Promise<Session> {
  return call<Session>('/console/signIn', { token })
}

/** Ends the session on the gateway. The page begins anew, so that nothing of the token's is left in it. */
export async function signOut(): Promise<void> {
  await call('/console/signOut')
  location.replace('/console/')
}

/** What signing in brings. */
export function enter(client: QueryClient, session: Session): void {
  client.setQueryData<Known>(key, session)
}

/** Who is signed in; the first time, by way of `pass`. Becomes null when the gateway says that the session is over. */
export function useSession(pass: string | undefined): UseQueryResult<Known> {
  const client = useQueryClient()
  const [open] = useState(() => opener(pass))
  useEffect(
    () =>
      onSignedOut(() => {
        client.setQueryData<Known>(key, null)
        client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== key[0] })
      }),
    [client],
  )
  return useQuery({ queryKey: key, queryFn: open, staleTime: Number.POSITIVE_INFINITY })
}

function opener(pass: string | undefined): () => Promise<Known> {
  let left = pass
  return async () => {
    if (left !== undefined) {
      try {
        const session = await signIn(left)
        left = undefined
        return session
      } catch (error) {
        // A pass that was refused stays refused, and the next question is for a session.
        if (!isUnreachable(error)) left = undefined
        throw error
      }
    }
    try {
      return await call<Session>('/console/session')
    } catch (error) {
      if (error instanceof CallError && error.code === 'token_missing') return null
      throw error
    }
  }
}
