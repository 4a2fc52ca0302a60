import { useEffect, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from './button.tsx'

/** Milliseconds for which it says what came of it. */
const SAID_MS = 2500

/** Copies `text`, and says so. `label` names what is copied, where that is not plain from the place. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useLanguage()
  const [outcome, setOutcome] = useState<'copied' | 'copyFailed'>()
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async (button: HTMLElement) => {
    setOutcome((await copied(text, button)) ? 'copied' : 'copyFailed')
  }
  return (
    <Button small kind="plain" aria-label={label} onClick={(event) => void copy(event.currentTarget)}>
      {t(outcome ?? 'copy')}
      <span className="hy-hidden" role="status">
        {outcome && t(outcome)}
      </span>
    </Button>
  )
}

/** The clipboard is closed to pages over plain HTTP; there, the old way of a selected text area still works. */
async function copied(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'hy-hidden'
    // Beside the button: what lies outside of an open dialog cannot be selected.
    beside.after(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    beside.focus()
    return done
  }
}
