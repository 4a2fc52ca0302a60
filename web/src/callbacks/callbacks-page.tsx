import { useState } from 'react'
import type { EventState } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { Spinner } from '../ui/spinner.tsx'
import { CallbackSecret } from './callback-secret.tsx'
import { CallbackUrl } from './callback-url.tsx'
import './callbacks.css'
import { Events } from './events.tsx'
import { useEvents } from './queries.ts'

/** Where a token's events go, what is owed, and what came of each. */
export function CallbacksPage() {
  const { t } = useLanguage()
  usePageTitle(t('callbackTitle'))
  const [state, setState] = useState<EventState>()
  const query = useEvents(state)
  // The newest answer tells of the callback; each page carries it.
  const facts = query.data?.pages[0]
  return (
    <div className="shell-page callback-page">
      <h1>{t('callbackTitle')}</h1>
      <p className="callback-intro">{t('callbackIntro')}</p>
      {query.error && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {!facts && query.isPending && <Spinner label={t('loading')} />}
      {facts && (
        <>
          <section className="callback-card">
            <CallbackUrl url={facts.url} />
            <CallbackSecret secret={facts.secret} />
          </section>
          <Events facts={facts} query={query} state={state} onState={setState} />
        </>
      )}
    </div>
  )
}
