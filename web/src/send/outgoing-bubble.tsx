import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { Failure } from './failure.tsx'
import { Icon } from './icon.tsx'
import { KeepFocus } from './keep-focus.tsx'
import { isRunning, type Outgoing } from './outgoing.ts'
import { SendDetails } from './send-details.tsx'
import { SendProgress } from './send-progress.tsx'
import { sends } from './sends.ts'
import { bytesOf, summaryOf } from './summary.ts'
import './dialogs.css'

/** A send that is not, or not yet, a message of the chat. */
export function OutgoingBubble({ outgoing }: { outgoing: Outgoing }) {
  const { size } = useFormat()
  const { id, draft, phase } = outgoing
  const bytes = bytesOf(draft)
  const isUnderWay = isRunning(outgoing)
  return (
    <li>
      <KeepFocus key={isUnderWay ? 'running' : phase} className="send-outgoing">
        {/* Once it is sent the message itself is in the chat. */}
        {phase !== 'sent' && (
          <div className="send-bubble">
            {draft.kind !== 'text' && <Icon name={draft.kind} />}
            <span className="send-bubble-text">{summaryOf(draft)}</span>
            {bytes !== undefined && <span className="send-bubble-size">{size(bytes)}</span>}
          </div>
        )}
        {isUnderWay && <SendProgress outgoing={outgoing} />}
        {phase === 'failed' && <Failure outgoing={outgoing} onDismiss={() => sends.dismiss(id)} />}
        {phase === 'cancelled' && <Cancelled id={id} />}
        {phase === 'sent' && <SentAnyhow outgoing={outgoing} />}
      </KeepFocus>
    </li>
  )
}

function Cancelled({ id }: { id: string }) {
  const { t } = useLanguage()
  return (
    <Notice kind="info">
      <p>{t('sendCancelled')}</p>
      <div className="send-actions">
        <Button small onClick={() => sends.sendAnew(id)}>
          {t('sendAgain')}
        </Button>
        <Button small kind="plain" onClick={() => sends.dismiss(id)}>
          {t('sendDismiss')}
        </Button>
      </div>
    </Notice>
  )
}

/** Sent although somebody asked to cancel it. */
function SentAnyhow({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  const [isOpen, setOpen] = useState(false)
  return (
    <Notice kind="info">
      <p>{t('sendCancelLate')}</p>
      <div className="send-actions">
        <Button small onClick={() => setOpen(true)}>
          {t('details')}
        </Button>
        <Button small kind="plain" onClick={() => sends.seen(outgoing.id)}>
          {t('sendDismiss')}
        </Button>
      </div>
      {isOpen && (
        <Dialog title={t('details')} onClose={() => setOpen(false)}>
          <SendDetails outgoing={outgoing} />
        </Dialog>
      )}
    </Notice>
  )
}
