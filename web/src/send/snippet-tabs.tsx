import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { type ApiCall, type SnippetLanguage, snippetLanguages, snippets } from './snippets.ts'

const names = { curl: 'curl', python: 'Python', typescript: 'TypeScript' }

/** A call in each language. Arrow keys, Home and End go from tab to tab. */
export function SnippetTabs({ call }: { call: ApiCall }) {
  const { t } = useLanguage()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState<SnippetLanguage>('curl')
  const code = snippets[chosen](call)
  const press = (event: KeyboardEvent) => {
    const next = neighbour(chosen, event.key)
    if (!next) return
    event.preventDefault()
    setChosen(next)
    list.current?.querySelector<HTMLElement>(`[data-language=${next}]`)?.focus()
  }
  return (
    <div className="send-snippets">
      <div ref={list} role="tablist" aria-label={t('sendLanguage')} className="send-tabs">
        {snippetLanguages.map((language) => (
          <button
            key={language}
            type="button"
            role="tab"
            id={`${id}${language}`}
            data-language={language}
            aria-selected={language === chosen}
            aria-controls={`${id}panel`}
            tabIndex={language === chosen ? 0 : -1}
            className="send-tab"
            onClick={() => setChosen(language)}
            onKeyDown={press}
          >
            {names[language]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}panel`} aria-labelledby={`${id}${chosen}`} className="send-panel">
        <CopyButton text={code} label={t('sendCopySnippet', { language: names[chosen] })} />
        <pre className="send-code">
          <code>{code}</code>
        </pre>
      </div>
    </div>
  )
}

function neighbour(language: SnippetLanguage, key: string): SnippetLanguage | undefined {
  const at = snippetLanguages.indexOf(language)
  const last = snippetLanguages.length - 1
  if (key === 'ArrowRight') return snippetLanguages[at === last ? 0 : at + 1]
  if (key === 'ArrowLeft') return snippetLanguages[at === 0 ? last : at - 1]
  if (key === 'Home') return snippetLanguages[0]
  return key === 'End' ? snippetLanguages[last] : undefined
}
