import { useEffect, useState } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { useFormat } from '../ui/format.ts'

/** Time left until `endsAt`. Not read out: it would never stop talking. */
export function Countdown({ endsAt }: { endsAt: number }) {
  const { t } = useLanguage()
  const { duration } = useFormat()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="device-countdown" role="timer">
      {t('deviceTimeLeft', { time: duration((endsAt - now) / 1000) })}
    </p>
  )
}
