import { useMemo } from 'react'
import type { ConversationView, MessageView } from '../../../src/console/schema.ts'
import { CallError, call } from '../api/call.ts'
import { type Followed, Followers, useFollower } from './use-follower.ts'

const messageFollowers = new Followers<MessageView>()
const conversationFollowers = new Followers<ConversationView>()

const byId = { key: (row: MessageView) => row.newMsgId, id: (row: MessageView) => row.newMsgId }
const byPeer = { key: (row: ConversationView) => row.peer, id: (row: ConversationView) => row.last.newMsgId }

export function useMessages(appId: string, peer: string): Followed<MessageView> {
  const subject = useMemo(
    () => ({
      key: ['messages', appId, peer],
      order: byId,
      page: async (before: number | undefined, limit: number) => {
        const body = { appId, peer, limit, ...(before === undefined ? {} : { before }) }
        const { messages, more } = await ask<{ messages: MessageView[]; more: boolean }>(
          '/console/messages',
          body,
        )
        return { rows: messages, more }
      },
      concerns: (hint: { appId: string; peer: string }) => hint.appId === appId && hint.peer === peer,
    }),
    [appId, peer],
  )
  return useFollower(subject, messageFollowers)
}

export function useConversations(appId: string): Followed<ConversationView> {
  const subject = useMemo(
    () => ({
      key: ['conversations', appId],
      order: byPeer,
      page: async (before: number | undefined, limit: number) => {
        const body = { appId, limit, ...(before === undefined ? {} : { before }) }
        const answer = await ask<{ conversations: ConversationView[]; more: boolean }>(
          '/console/conversations',
          body,
        )
        return { rows: answer.conversations, more: answer.more }
      },
      concerns: (hint: { appId: string }) => hint.appId === appId,
    }),
    [appId],
  )
  return useFollower(subject, conversationFollowers)
}

/** A follower does one thing at a time: a request that never ended would stop it. */
const PATIENCE_MS = 20_000

async function ask<T>(path: `/console/${string}`, body: object): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    return await call<T>(path, body, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
    throw new CallError({ code: 'unreachable', reason: '', sent: 'no', retryable: true })
  }
}
