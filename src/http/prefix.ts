import type { IncomingMessage } from 'node:http'

/** Where the same routes answer; clients of different ages use different ones (contract 1.1). */
const prefixes = ['/v2/api', '/gewe/v2/api'] as const
export type Prefix = '' | (typeof prefixes)[number]

const used = new WeakMap<IncomingMessage, Prefix>()

/**
 * Takes the prefix off a request before it is routed, so that each route exists once: its compiled schemas are most of
 * what a route costs in memory.
 */
export function withoutPrefix(request: IncomingMessage): string {
  const url = request.url ?? '/'
  for (const prefix of prefixes) {
    if (!url.startsWith(prefix) || url[prefix.length] !== '/') continue
    used.set(request, prefix)
    return url.slice(prefix.length)
  }
  return url
}

/** The prefix that the client used. */
export const prefixOf = (request: IncomingMessage): Prefix => used.get(request) ?? ''
