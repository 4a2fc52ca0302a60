import { useMemo } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { useFormat } from '../ui/format.ts'
import { useToday } from './today.ts'

/** Messages further apart than this have a time between them. */
const APART_MS = 5 * 60_000

/** Whether the time is said above a message, by the moment of the one before it; the first always has one. */
export function isMarked(moment: number, before: number | undefined): boolean {
  return before === undefined || moment - before > APART_MS || dayOf(moment) !== dayOf(before)
}

/** Says a moment as briefly as WeChat does: today by its time alone. */
export function useMoment(): (ms: number) => string {
  const { t } = useLanguage()
  const { time, dateTime } = useFormat()
  const today = useToday()
  return useMemo(() => {
    const now = new Date()
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).toDateString()
    return (ms) => {
      if (dayOf(ms) === today) return time(ms)
      return dayOf(ms) === yesterday ? t('chatYesterday', { time: time(ms) }) : dateTime(ms)
    }
  }, [t, time, dateTime, today])
}

function dayOf(ms: number): string {
  return new Date(ms).toDateString()
}
