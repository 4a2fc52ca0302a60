import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'

/** The signing secret, unseen by whoever looks over a shoulder until it is asked for. */
export function CallbackSecret({ secret }: { secret: string }) {
  const { t } = useLanguage()
  const [isShown, setShown] = useState(false)
  return (
    <div className="callback-secret">
      <h2 className="hy-field-label">{t('callbackSecret')}</h2>
      <div className="callback-secret-row">
        {isShown ? (
          <code className="callback-secret-value">{secret}</code>
        ) : (
          <span className="callback-secret-value">
            <span aria-hidden="true">••••••••••••••••</span>
            <span className="hy-hidden">{t('callbackSecretHidden')}</span>
          </span>
        )}
        <Button small onClick={() => setShown(!isShown)}>
          {t(isShown ? 'callbackHide' : 'callbackReveal')}
        </Button>
        <CopyButton text={secret} label={t('callbackCopySecret')} />
      </div>
      <p className="hy-field-hint">{t('callbackSecretHint')}</p>
    </div>
  )
}
