import { type CallError, isUnreachable } from '../api/call.ts'
import { useLanguage } from '../i18n/language.tsx'
import { errorSentences } from './error-words.ts'

/** Why a call failed, in the gateway's own Chinese, and before that in English for those who read English. */
export function Reason({ error }: { error: CallError }) {
  const { t, language } = useLanguage()
  const { code, reason } = error
  if (isUnreachable(error)) return <p>{t('unreachable')}</p>
  const english = language === 'en' ? errorSentences[code] : undefined
  return (
    <>
      {english !== undefined && <p>{english}</p>}
      <p lang="zh-CN" className={english === undefined ? undefined : 'hy-reason-own'}>
        {reason}
      </p>
    </>
  )
}
