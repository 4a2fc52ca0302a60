import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { useLanguage } from '../i18n/language.tsx'
import { signOut } from '../session/session.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { ConnectionState } from './connection-state.tsx'
import { CallbacksIcon, DevicesIcon, Logo, SignOutIcon } from './icons.tsx'
import { LanguageButton } from './language-button.tsx'
import './shell.css'

const places = [
  { path: '/devices', word: 'shellDevices', icon: <DevicesIcon /> },
  { path: '/callbacks', word: 'shellCallbacks', icon: <CallbacksIcon /> },
] as const

/** What is around every page: where one can go, and how the connection is. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useLanguage()
  const [path] = useLocation()
  const leaving = useMutation({ mutationFn: signOut })
  const main = useMainFocus(path)
  const isInsideChat = /^\/chat\/[^/]+\/./.test(path)
  return (
    <div className={isInsideChat ? 'shell shell-inside-chat' : 'shell'}>
      <a className="shell-skip" href="#main">
        {t('shellSkip')}
      </a>
      <nav className="shell-bar" aria-label={t('shellNavigation')}>
        <Logo className="shell-logo" />
        <ul>
          {places.map(({ path: place, word, icon }) => (
            <li key={place}>
              <Link href={place} className="shell-item" aria-current={standing(path, place)}>
                {icon}
                {t(word)}
              </Link>
            </li>
          ))}
        </ul>
        <div className="shell-space" />
        <LanguageButton />
        <button type="button" className="shell-item" onClick={() => leaving.mutate()}>
          <SignOutIcon />
          {t('sessionSignOut')}
        </button>
      </nav>
      <div className="shell-content">
        <ConnectionState />
        {leaving.isError && <ErrorNotice error={leaving.error} onRetry={() => leaving.mutate()} />}
        <main className="shell-main" id="main" tabIndex={-1} ref={main}>
          {children}
        </main>
      </div>
    </div>
  )
}

/** Chats are a device's. */
function standing(path: string, place: string): 'page' | 'true' | undefined {
  if (path.startsWith(place)) return 'page'
  return place === '/devices' && path.startsWith('/chat/') ? 'true' : undefined
}

/** Another page is read from its top, as it would be without scripts; another chat of the same device is not another page. */
function useMainFocus(path: string) {
  const main = useRef<HTMLElement>(null)
  const page = path.split('/').slice(1, 3).join('/')
  const before = useRef(page)
  useEffect(() => {
    if (before.current === page) return
    before.current = page
    main.current?.focus()
    main.current?.scrollTo(0, 0)
  }, [page])
  return main
}
