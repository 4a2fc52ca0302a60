import { useQueryClient } from '@tanstack/react-query'
import type { Session } from '../../../src/console/schema.ts'
import type { MediaKind } from './drafts.ts'

/** Bytes that the gateway takes of each kind; undefined where it has not told. */
export function useLimits(): Readonly<Record<MediaKind, number>> | undefined {
  const session = useQueryClient().getQueryData<Session>(['session'])
  return session && { video: session.maxVideoBytes, image: session.maxImageBytes, file: session.maxFileBytes }
}
