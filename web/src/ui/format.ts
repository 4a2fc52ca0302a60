import { useMemo } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { type Format, formatFor } from './quantities.ts'

/** Numbers and moments as the chosen language writes them. */
export function useFormat(): Format {
  const { language } = useLanguage()
  return useMemo(() => formatFor(language === 'zh' ? 'zh-CN' : 'en'), [language])
}
