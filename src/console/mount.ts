import type { FastifyInstance } from 'fastify'
import type { Host } from '../gateway-guest.ts'
import type { BrowserSessions } from './browser-sessions.ts'
import { callbackRoutes } from './callback-routes.ts'
import { chatRoutes } from './chat-routes.ts'
import { deviceRoutes } from './device-routes.ts'
import { serveMedia } from './media-routes.ts'
import { servePages } from './pages.ts'
import { sessionRoutes } from './session-routes.ts'

/** All that the console answers. */
export function mountConsole(app: FastifyInstance, host: Host, sessions: BrowserSessions): void {
  const { store, config, version, findCaller } = host
  const { database } = store
  const channels = [...host.channels.keys()]
  const routes = [
    sessionRoutes({ sessions, findCaller, config, version, channels }),
    ...deviceRoutes({ ...host, database }),
    ...chatRoutes({ ...host, database }),
    ...callbackRoutes({ ...host, database }),
  ]
  for (const route of routes) route.mount(app)
  serveMedia(app, host)
  servePages(app)
}
