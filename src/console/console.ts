import type { Host } from '../gateway-guest.ts'
import type { Guest } from '../http/guest.ts'
import { BrowserSessions } from './browser-sessions.ts'
import { sessionOf } from './identify.ts'

/** Pages for people, at `/console`, and what they ask for. It has no rights but those of the token it is signed in with. */
export function createConsole(host: Host): Guest {
  const sessions = new BrowserSessions(host.store.database)
  return {
    root: '/console',
    identify: (request) => sessionOf(sessions, request),
    async mount(app) {
      const { mountConsole } = await import('./mount.ts')
      mountConsole(app, host, sessions)
    },
  }
}
