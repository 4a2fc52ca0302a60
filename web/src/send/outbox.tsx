import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { live } from '../api/live.ts'
import { useLanguage } from '../i18n/language.tsx'
import type { Outgoing } from './outgoing.ts'
import { OutgoingBubble } from './outgoing-bubble.tsx'
import './send.css'
import { useSends } from './use-sends.ts'

/** The sends of a chat that are under way or failed. One that was sent gives way to the message itself. */
export function Outbox({ appId, peer }: { appId: string; peer: string }) {
  const { t } = useLanguage()
  const here = useSends().filter(({ target }) => target.appId === appId && target.peer === peer)
  useSentWithoutFeed(appId, peer, here.filter(({ phase }) => phase === 'sent').length)
  const shown = here.filter(({ phase, cancel }) => phase !== 'sent' || cancel === 'late').reverse()
  if (shown.length === 0) return null
  return (
    <ul className="send-outbox" aria-label={t('sendUnderWay')}>
      {shown.map((outgoing: Outgoing) => (
        <OutgoingBubble key={outgoing.id} outgoing={outgoing} />
      ))}
    </ul>
  )
}

/** The feed brings what was sent into the chat; while it is lost, somebody must ask. */
function useSentWithoutFeed(appId: string, peer: string, sentCount: number): void {
  const client = useQueryClient()
  useEffect(() => {
    if (sentCount === 0 || live.connection === 'open') return
    void client.invalidateQueries({ queryKey: ['messages', appId, peer] })
  }, [client, appId, peer, sentCount])
}
