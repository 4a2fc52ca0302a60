import { useState } from 'react'
import type { MessageView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { summaryOf } from './summary.ts'

/** How many of the latest are kept to be read. */
const KEPT = 5

/** Reads new messages out. Apart from the list, which also grows by old ones. */
export function Announcer({ messages }: { messages: readonly MessageView[] }) {
  const { t } = useLanguage()
  // What was there at first is no news.
  const [from] = useState(() => messages.at(-1)?.newMsgId ?? 0)
  const fresh = messages
    .slice(-KEPT)
    .filter(({ newMsgId, direction }) => newMsgId > from && direction === 'in')
  return (
    <div className="hy-hidden" role="log" aria-live="polite" aria-label={t('chatAnnouncements')}>
      {fresh.map((message) => (
        <p key={message.newMsgId}>
          {t('chatFrom', { name: message.senderName, text: summaryOf(t, message) })}
        </p>
      ))}
    </div>
  )
}
