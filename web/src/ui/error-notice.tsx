import { CallError, isUnreachable } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { Reason } from './reason.tsx'

/** Why a call failed, and whether something may have been sent all the same. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useLanguage()
  return (
    <Notice kind="error">
      {error instanceof CallError ? <CallFailure error={error} /> : <p>{t('unexpected')}</p>}
      {onRetry && (
        <Button small className="hy-notice-retry" onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </Notice>
  )
}

function CallFailure({ error }: { error: CallError }) {
  const { t } = useLanguage()
  return (
    <>
      <Reason error={error} />
      {!isUnreachable(error) && (
        <p className="hy-notice-facts">
          <code>{error.code}</code>
          {error.sent === 'unknown' && <> · {t('maybeSent')}</>}
        </p>
      )}
    </>
  )
}
