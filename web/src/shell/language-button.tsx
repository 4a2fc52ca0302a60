import { useLanguage } from '../i18n/language.tsx'
import { LanguageIcon } from './icons.tsx'

/** Changes to the other language, and is named in it. */
export function LanguageButton({ className = '' }: { className?: string }) {
  const { language, choose } = useLanguage()
  const other = language === 'zh' ? 'en' : 'zh'
  return (
    <button
      type="button"
      className={`shell-item ${className}`}
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => choose(other)}
    >
      <LanguageIcon />
      {other === 'zh' ? '中文' : 'English'}
    </button>
  )
}
