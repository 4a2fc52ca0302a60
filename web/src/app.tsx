import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter'
import type { Session } from '../../src/console/schema.ts'
import { isUnreachable } from './api/call.ts'
import { ChatPage } from './chat/chat-page.tsx'
import { DevicesPage } from './devices/devices-page.tsx'
import { useLanguage } from './i18n/language.tsx'
import { ForwardProvider } from './send/forward.tsx'
import { useSession } from './session/session.ts'
import { SignInPage } from './session/sign-in-page.tsx'
import { useLiveQueries } from './shell/live-queries.ts'
import { PageFault } from './shell/page-fault.tsx'
import { Shell } from './shell/shell.tsx'
import { ErrorNotice } from './ui/error-notice.tsx'
import { Spinner } from './ui/spinner.tsx'

const CallbacksPage = lazy(async () => {
  const { CallbacksPage: page } = await import('./callbacks/callbacks-page.tsx')
  return { default: page }
})

/** Tries after an answer that did not come; what the gateway refused it would refuse again. */
const TRIES = 2

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The gateway may be on this very machine: a browser that calls itself offline says nothing about it.
      networkMode: 'always',
      retry: (tries, error) => isUnreachable(error) && tries < TRIES,
    },
    mutations: { networkMode: 'always' },
  },
})

export function App({ pass }: { pass: string | undefined }) {
  return (
    <QueryClientProvider client={client}>
      <Gate pass={pass} />
    </QueryClientProvider>
  )
}

/** Nothing but the sign-in page for whoever is not signed in. */
function Gate({ pass }: { pass: string | undefined }) {
  const { t } = useLanguage()
  const { data, error, isPending, refetch } = useSession(pass)
  if (data) return <Console session={data} />
  if (isPending) return <Spinner label={t('loading')} />
  if (!isUnreachable(error)) return <SignInPage linkError={error} />
  return (
    <main className="shell-page">
      <ErrorNotice error={error} onRetry={() => void refetch()} />
    </main>
  )
}

function Console({ session }: { session: Session }) {
  useLiveQueries()
  return (
    <Router base="/console">
      <ForwardProvider>
        <Shell>
          <Pages session={session} />
        </Shell>
      </ForwardProvider>
    </Router>
  )
}

function Pages({ session }: { session: Session }) {
  const { t } = useLanguage()
  const [path] = useLocation()
  return (
    <PageFault page={path}>
      <Suspense fallback={<Spinner label={t('loading')} />}>
        <Switch>
          <Route path="/devices">
            <DevicesPage channels={session.channels} />
          </Route>
          <Route path="/chat/:appId/:peer?">
            {({ appId, peer }) => <ChatPage appId={appId} peer={peer} />}
          </Route>
          <Route path="/callbacks">
            <CallbacksPage />
          </Route>
          <Route>
            <Redirect to="/devices" replace />
          </Route>
        </Switch>
      </Suspense>
    </PageFault>
  )
}
