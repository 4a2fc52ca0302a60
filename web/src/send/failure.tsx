import { useState } from 'react'
import { isUnreachable } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { Reason } from '../ui/reason.tsx'
import { type Outgoing, remedyOf } from './outgoing.ts'
import { sends } from './sends.ts'

/** Why a send failed, whether it may have arrived, and what can be done without sending it twice. */
export function Failure({ outgoing, onDismiss }: { outgoing: Outgoing; onDismiss: () => void }) {
  const { t } = useLanguage()
  const [isSure, setSure] = useState(false)
  const { id, target } = outgoing
  const remedy = remedyOf(outgoing)
  return (
    <Notice kind="error">
      <Facts outgoing={outgoing} />
      <div className="send-actions">
        {remedy === 'ask' ? (
          <>
            <Button small onClick={() => sends.repeat(id)}>
              {t('sendCheck')}
            </Button>
            <Button small onClick={() => setSure(true)}>
              {t('sendAnyway')}
            </Button>
          </>
        ) : (
          <Button small onClick={() => (remedy === 'repeat' ? sends.repeat(id) : sends.sendAnew(id))}>
            {t('retry')}
          </Button>
        )}
        <Button small kind="plain" onClick={onDismiss}>
          {t('sendDismiss')}
        </Button>
      </div>
      {isSure && (
        <Dialog
          title={t('sendAnyway')}
          onClose={() => setSure(false)}
          actions={
            <>
              <Button onClick={() => setSure(false)}>{t('cancel')}</Button>
              <Button kind="warn" onClick={() => sends.sendAnew(id)}>
                {t('sendAnyway')}
              </Button>
            </>
          }
        >
          <p>{t('sendAnywaySure', { name: target.peerName })}</p>
        </Dialog>
      )}
    </Notice>
  )
}

function Facts({ outgoing: { request, error } }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  if (!error) return null
  if (isUnreachable(error)) return <p>{t(request ? 'sendNoAnswer' : 'sendUploadFailed')}</p>
  return (
    <>
      <Reason error={error} />
      <p className="hy-notice-facts">
        <code>{error.code}</code> · {t(error.sent === 'unknown' ? 'maybeSent' : 'sendNotSent')}
      </p>
      {error.sent === 'unknown' && <p>{t('sendUnknown')}</p>}
    </>
  )
}
