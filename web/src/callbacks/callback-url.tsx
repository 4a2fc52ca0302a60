import { type FormEvent, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Notice } from '../ui/notice.tsx'
import { isUrl } from '../ui/url.ts'
import { UrlField } from '../ui/url-field.tsx'
import { useSetCallback } from './queries.ts'

/** The callback URL: shown, changed, tried. */
export function CallbackUrl({ url }: { url: string | null }) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState<string>()
  const [isWrong, setWrong] = useState(false)
  const [said, setSaid] = useState<'callbackTested' | 'callbackSaved'>()
  const { mutate, error, isPending, isSuccess } = useSetCallback()
  const shown = typed ?? url ?? ''
  const given = shown.trim()
  const isTest = given === url

  const save = (event: FormEvent) => {
    event.preventDefault()
    setWrong(!isUrl(given))
    if (!isUrl(given)) return
    setSaid(isTest ? 'callbackTested' : 'callbackSaved')
    mutate(given, { onSuccess: () => setTyped(undefined) })
  }

  return (
    <form onSubmit={save} noValidate>
      <UrlField
        label={t('callbackUrl')}
        placeholder="https://"
        value={shown}
        onChange={setTyped}
        hint={t('callbackUrlHint')}
        error={isWrong ? t('urlWrong') : undefined}
      />
      {error && <ErrorNotice error={error} />}
      {isSuccess && said && <Notice kind="info">{t(said)}</Notice>}
      <Button kind={isTest ? 'default' : 'primary'} type="submit" busy={isPending}>
        {t(isTest ? 'callbackTest' : 'save')}
      </Button>
    </form>
  )
}
