import { afterEach } from 'vitest'
import { describeEachEngine } from '../rigs/databases.ts'
import { type Reply, startTestGateway, type TestGateway, token } from '../rigs/gateway.ts'

/** What a signed-in browser can do, without the browser. */
export interface Visitor {
  readonly cookie: string
  call<D = Record<string, unknown>>(path: string, body?: unknown): Promise<Reply<D>>
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

/** What a page of the console sends along with every call. */
export const pageHeaders = { 'x-hongyan-console': '1', 'content-type': 'application/json' }

export function visitor(gateway: TestGateway, cookie: string): Visitor {
  return {
    cookie,
    async call<D>(path: string, body: unknown = {}) {
      const response = await fetch(`${gateway.baseUrl}${path}`, {
        method: 'POST',
        headers: { ...pageHeaders, cookie },
        body: JSON.stringify(body),
      })
      return (await response.json()) as Reply<D>
    },
    get: (path, headers = {}) => fetch(`${gateway.baseUrl}${path}`, { headers: { cookie, ...headers } }),
  }
}

export async function signIn(gateway: TestGateway, as = token): Promise<Visitor> {
  const response = await fetch(`${gateway.baseUrl}/console/signIn`, {
    method: 'POST',
    headers: pageHeaders,
    body: JSON.stringify({ token: as }),
  })
  const [cookie = ''] = response.headers.getSetCookie()
  return visitor(gateway, cookie.split(';')[0] ?? '')
}

/** Stories of a whole gateway and its console, on each engine. */
export function consoleStories(
  title: string,
  tell: (start: (env?: Record<string, string>) => Promise<TestGateway>) => void,
): void {
  describeEachEngine(title, ({ place }) => {
    const open: TestGateway[] = []
    afterEach(async () => {
      for (const gateway of open.splice(0)) await gateway.close()
    })
    tell(async (env = {}) => {
      const gateway = await startTestGateway({ env, databaseUrl: (await place()).url })
      open.push(gateway)
      return gateway
    })
  })
}
