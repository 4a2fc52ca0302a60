import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'

interface DigitsFormProps {
  readonly digits: 'checking' | 'refused' | undefined
  readonly onGive: (digits: string) => void
}

/** Asks for the digits that the phone shows. */
export function DigitsForm({ digits, onGive }: DigitsFormProps) {
  const { t } = useLanguage()
  const [typed, setTyped] = useState('')
  const input = useRef<HTMLInputElement>(null)
  // It appears while the phone is in hand: typing must land in it.
  useEffect(() => input.current?.focus(), [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== '') onGive(typed.trim())
  }
  return (
    <form className="device-digits" onSubmit={submit}>
      <TextField
        ref={input}
        label={t('deviceDigits')}
        value={typed}
        onChange={setTyped}
        error={digits === 'refused' ? t('deviceDigitsRefused') : undefined}
        inputMode="numeric"
        pattern="\s*[0-9]+\s*"
        title={t('deviceDigits')}
        autoComplete="one-time-code"
        maxLength={12}
        required
      />
      <Button type="submit" kind="primary" className="device-digits-give" busy={digits === 'checking'}>
        {t('deviceDigitsGive')}
      </Button>
    </form>
  )
}
