import type { IncomingMessage } from 'node:http'

/** Where the same routes answer; clients of different ages use different ones (contract 1.1). */
const clientPrefixes = ['/v2/api', '/gewe/v2/api'] as const
/** The last is a guest's. */
export type Prefix = '' | (typeof clientPrefixes)[number] | `${string}/api`

const used = new WeakMap<IncomingMessage, Prefix>()

/**
 * Takes the prefix off a request before it is routed, so that each route exists once: its compiled schemas are most of
 * what a route costs in memory.
 * @param guests prefixes beside those that clients use
 */
export function withoutPrefix(guests: readonly `${string}/api`[]): (request: IncomingMessage) => string {
  const prefixes = [...clientPrefixes, ...guests]
  return (request) => {
    const url = request.url ?? '/'
    for (const prefix of prefixes) {
      if (!url.startsWith(prefix) || url[prefix.length] !== '/') continue
      used.set(request, prefix)
      return url.slice(prefix.length)
    }
    return url
  }
}

/** The prefix that the client used. */
export const prefixOf = (request: IncomingMessage): Prefix => used.get(request) ?? ''
