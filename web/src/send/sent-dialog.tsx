import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from './icon.tsx'
import type { Outgoing } from './outgoing.ts'
import { SendDetails } from './send-details.tsx'
import { summaryOf } from './summary.ts'
import { useElapsed } from './use-elapsed.ts'
import { useSends } from './use-sends.ts'
import './dialogs.css'

/** The last sends of a device that got an answer, the newest first. */
export function SentDialog({ appId, onClose }: { appId: string; onClose: () => void }) {
  const { t } = useLanguage()
  const sent = useSends().filter(
    ({ target, phase, request }) =>
      target.appId === appId && (phase === 'sent' || (phase === 'failed' && request !== undefined)),
  )
  return (
    <Dialog title={t('sendHistory')} onClose={onClose} className="send-history">
      {sent.length === 0 && <p>{t('sendHistoryEmpty')}</p>}
      {sent.map((outgoing) => (
        <SentRow key={outgoing.id} outgoing={outgoing} />
      ))}
    </Dialog>
  )
}

function SentRow({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  const { time } = useFormat()
  const elapsed = useElapsed()
  const [isOpen, setOpen] = useState(false)
  const { draft, target, tookMs, startedAt, error } = outgoing
  const facts = [
    t('sendTo', { name: target.peerName }),
    time(startedAt),
    tookMs === undefined ? '' : t('sendTook', { time: elapsed(tookMs) }),
    error ? error.code : '',
  ]
  return (
    <details className="send-sent" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="send-sent-summary">
        <Icon name={draft.kind} />
        <span className="send-sent-words">
          <span className="send-sent-name">{summaryOf(draft)}</span>
          <span className="send-sent-facts">{facts.filter(Boolean).join(' · ')}</span>
        </span>
      </summary>
      {isOpen && <SendDetails outgoing={outgoing} />}
    </details>
  )
}
