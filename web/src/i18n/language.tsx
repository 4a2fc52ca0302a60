import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react'
import { type Word, words } from './words.ts'

export type Language = 'zh' | 'en'

/** Fills `{name}` in a word of the table. */
export type Translate = (word: Word, parameters?: Readonly<Record<string, string | number>>) => string

interface LanguageState {
  readonly language: Language
  readonly t: Translate
  readonly choose: (language: Language) => void
}

const KEY = 'hongyan.language'
const LanguageContext = createContext<LanguageState | undefined>(undefined)

/** What was chosen here before, or what the browser prefers. */
function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY)
  if (chosen === 'zh' || chosen === 'en') return chosen
  return navigator.languages
    .find((tag) => /^(zh|en)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('en')
    ? 'en'
    : 'zh'
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  }, [language])
  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(KEY, chosen)
    setLanguage(chosen)
  }, [])
  const t = useCallback<Translate>(
    (word, parameters = {}) =>
      words[word][language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) =>
        String(parameters[name] ?? ''),
      ),
    [language],
  )
  const state = useMemo(() => ({ language, t, choose }), [language, t, choose])
  return <LanguageContext value={state}>{children}</LanguageContext>
}

export function useLanguage(): LanguageState {
  const state = use(LanguageContext)
  if (!state) throw new Error('useLanguage outside of LanguageProvider')
  return state
}
