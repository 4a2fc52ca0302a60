import { useMemo } from 'react'
import { useLanguage } from '../i18n/language.tsx'

/** Writes how long something took: milliseconds below a second, then seconds. */
export function useElapsed(): (ms: number) => string {
  const { language } = useLanguage()
  return useMemo(() => {
    const locale = language === 'zh' ? 'zh-CN' : 'en'
    const unit = (name: string, digits: number) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: name,
        unitDisplay: 'short',
        maximumFractionDigits: digits,
      })
    const [milliseconds, seconds] = [unit('millisecond', 0), unit('second', 1)]
    return (ms) => (ms < 1000 ? milliseconds.format(ms) : seconds.format(ms / 1000))
  }, [language])
}
