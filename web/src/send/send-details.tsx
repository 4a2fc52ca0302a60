import { useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { newKey, type Outgoing } from './outgoing.ts'
import { SnippetTabs } from './snippet-tabs.tsx'

/** The gateway's reply to a send, and the same call as code. */
export function SendDetails({ outgoing: { request, reply, error } }: { outgoing: Outgoing }) {
  const { t } = useLanguage()
  // A key of its own: with the one that was used the gateway would only repeat its answer.
  const [key] = useState(newKey)
  // The words that the public API gives to every send that succeeded.
  const whole = reply ? { ret: 200, msg: '操作成功', data: reply } : error?.reply
  const text = whole === undefined ? undefined : JSON.stringify(whole, null, 2)
  return (
    <div className="send-details">
      {text !== undefined && (
        <section>
          <h3 className="send-details-title">
            {t('sendReply')} <CopyButton text={text} label={t('sendCopyReply')} />
          </h3>
          <pre className="send-code">
            <code>{text}</code>
          </pre>
        </section>
      )}
      {request && (
        <section>
          <h3 className="send-details-title">{t('sendTry')}</h3>
          <p className="hy-field-hint">{t('sendTryHint')}</p>
          {request.uploads.length > 0 && <p className="hy-field-hint">{t('sendTryFile')}</p>}
          <SnippetTabs call={{ ...request, baseUrl: location.origin, key }} />
        </section>
      )}
    </div>
  )
}
