import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { CallError } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Logo } from '../shell/icons.tsx'
import { LanguageButton } from '../shell/language-button.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Notice } from '../ui/notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { TextField } from '../ui/text-field.tsx'
import { enter, signIn } from './session.ts'
import './sign-in.css'

/** @param linkError why the sign-in link that was opened did not do */
export function SignInPage({ linkError }: { linkError: unknown }) {
  const { t } = useLanguage()
  const client = useQueryClient()
  const [token, setToken] = useState('')
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      setToken('')
      enter(client, session)
    },
    // What was tried would stay in memory, and the token with it.
    gcTime: 0,
  })
  usePageTitle(t('sessionTitle'))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt.mutate(token.trim())
  }
  const error = attempt.isPending ? null : (attempt.error ?? linkError)
  return (
    <div className="session-page">
      <LanguageButton className="session-language" />
      <main className="session-card">
        <Logo className="session-logo" />
        <h1 className="session-title">{t('sessionTitle')}</h1>
        {error !== null && error !== undefined && <Refusal error={error} />}
        <form onSubmit={submit}>
          <TextField
            label={t('sessionToken')}
            hint={t('sessionTokenHint')}
            // A field of type "password" makes browsers offer to save it, whatever is asked of them.
            type="text"
            className="session-token"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={512}
            value={token}
            onChange={setToken}
          />
          <Button type="submit" kind="primary" className="session-submit" busy={attempt.isPending}>
            {t('sessionSignIn')}
          </Button>
        </form>
        <div className="session-how">
          <p>{t('sessionHow')}</p>
          <dl>
            <dt>
              <code>npx hongyan token create</code>
            </dt>
            <dd>{t('sessionHowToken')}</dd>
            <dt>
              <code>npx hongyan console</code>
            </dt>
            <dd>{t('sessionHowLink')}</dd>
          </dl>
        </div>
      </main>
    </div>
  )
}

function Refusal({ error }: { error: unknown }) {
  const { t } = useLanguage()
  if (error instanceof CallError && error.code === 'token_invalid') {
    return <Notice kind="error">{t('sessionRefused')}</Notice>
  }
  if (error instanceof CallError && error.code === 'too_many_requests' && error.retryAfter !== undefined) {
    return <Notice kind="error">{t('sessionTooMany', { seconds: error.retryAfter })}</Notice>
  }
  return <ErrorNotice error={error} />
}
