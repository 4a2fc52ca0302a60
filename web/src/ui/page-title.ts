import { useEffect } from 'react'
import { useLanguage } from '../i18n/language.tsx'

/** Names the page in the window's title. */
export function usePageTitle(title: string): void {
  const { t } = useLanguage()
  const name = t('appName')
  useEffect(() => {
    document.title = `${title} · ${name}`
  }, [title, name])
}
