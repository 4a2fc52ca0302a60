import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { followLogin, type LoginView } from './follow-login.ts'

interface LoginProgress {
  readonly view: LoginView
  /** Digits that the phone shows. */
  readonly giveDigits: (digits: string) => void
  /** Begins anew, with another code, for the same device. */
  readonly restart: () => void
}

/** One login, from its QR code to its end, for as long as the component lives. @param appId empty makes a device */
export function useLogin(appId: string, channel: string): LoginProgress {
  const client = useQueryClient()
  const [view, setView] = useState<LoginView>({ step: 'starting' })
  const [attempt, setAttempt] = useState(0)
  const digits = useRef('')
  // A second code is for the device that was made for the first.
  const known = useRef(appId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another login
  useEffect(() => {
    const ended = new AbortController()
    digits.current = ''
    void followLogin({
      appId: known.current,
      channel,
      show: setView,
      named: (name) => {
        known.current = name
      },
      takeDigits: () => {
        const typed = digits.current
        digits.current = ''
        return typed
      },
      signal: ended.signal,
    }).finally(() => client.invalidateQueries({ queryKey: ['devices'] }))
    return () => ended.abort()
  }, [channel, attempt, client])
  const giveDigits = useCallback((typed: string) => {
    digits.current = typed
    setView((now) => (now.step === 'code' ? { ...now, digits: 'checking' } : now))
  }, [])
  return { view, giveDigits, restart: () => setAttempt((now) => now + 1) }
}
