import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'

const NAME = 'hongyan_session'
/** The browser sends it to the console's own paths and nowhere else. */
const PATH = '/console'

/** What the request's cookie holds; undefined for none. */
export function readCookie({ headers }: FastifyRequest): string | undefined {
  const { cookie } = headers
  return cookie === undefined ? undefined : parseCookie(cookie)[NAME]
}

/**
 * The cookie is for TLS alone where the page came over it, as the browser or the proxy in front says.
 * @param seconds how long the browser keeps it; 0 takes it away
 */
export function writeCookie({ headers }: FastifyRequest, value: string, seconds: number): string {
  const secure =
    /^https:/.test(headers.origin ?? '') || /^https\b/.test(String(headers['x-forwarded-proto'] ?? ''))
  return stringifySetCookie({
    name: NAME,
    value,
    path: PATH,
    maxAge: seconds,
    httpOnly: true,
    sameSite: 'strict',
    secure,
  })
}
