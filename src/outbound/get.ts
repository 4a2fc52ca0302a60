import type { Dispatcher } from 'undici'
import { GatewayError, systemCode } from '../errors.ts'
import { empty, once, readBody, tooLarge } from './body.ts'
import { Connection, type Door, opened } from './connection.ts'
import type { IdleConnections } from './idle.ts'
import type { Lifetime } from './lifetime.ts'
import { readLink } from './link.ts'
import type { Fetched, GetOptions } from './outbound.ts'
import { networkFault, place, refusedStatus } from './reasons.ts'

const maxRedirects = 5
const redirects = new Set([301, 302, 303, 307, 308])
const conditions = new Set(['if-none-match', 'if-modified-since'])

interface Visit {
  readonly door: Door
  readonly idle: IdleConnections
  readonly lifetime: Lifetime
  readonly options: GetOptions
  /** The caller's headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the link leads, before any redirect. */
  readonly start: string
}

interface Answer {
  readonly url: URL
  readonly connection: Connection
  readonly response: Dispatcher.ResponseData
}

/** Follows a link to its file; see `Outbound.get`. The lifetime goes on with the body. */
export async function get(visit: Omit<Visit, 'headers' | 'start'>, text: string): Promise<Fetched> {
  const { subject } = visit.options
  const headers = Object.fromEntries(
    Object.entries(visit.options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const visited = new Set<string>()
  const permits = visit.options.trusted ? opened(visit.door).permits : visit.door.permits
  let url = readLink(text, subject, permits)
  const start = url.origin
  for (;;) {
    url.hash = ''
    visited.add(url.href)
    const sent = url.origin === start ? headers : withoutCredentials(headers)
    const answer = await ask({ ...visit, headers: sent, start }, url)
    const { statusCode: status, headers: received } = answer.response
    const location = locationOf(received)
    if (!redirects.has(status) || location === undefined)
      return accept({ ...visit, headers: sent, start }, answer)
    answer.connection.destroy()
    url = readLink(location, `${subject} 重定向后的地址`, visit.door.permits, url)
    url.hash = ''
    if (visited.size > maxRedirects || visited.has(url.href))
      throw new GatewayError('fetch_redirects', {
        reason: `${subject} 的重定向超过 ${maxRedirects} 次或绕了回来（${place(url)}），请换成最终的文件链接`,
      })
  }
}

/**
 * One GET. A first GET always has a fresh socket and is never repeated. A revalidation may use the socket of the one
 * before; when the server closed that socket without a byte of answer, its idle time was over and the request went
 * unread, so it is sent on a fresh one. A link that the first request uses up is never revalidated.
 */
async function ask(visit: Visit, url: URL): Promise<Answer> {
  const { options, lifetime } = visit
  const door = options.trusted && url.origin === visit.start ? opened(visit.door) : visit.door
  const conditional = isConditional(visit)
  const request = {
    method: 'GET' as const,
    path: `${url.pathname}${url.search}`,
    reset: !conditional,
    headers: {
      ...visit.headers,
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': door.userAgent,
    },
  }
  const send = async (connection: Connection): Promise<Answer> => {
    lifetime.use(connection)
    return { url, connection, response: await connection.send(request) }
  }
  const kept = conditional ? visit.idle.take(url.origin) : undefined
  try {
    if (kept) {
      try {
        return await send(kept)
      } catch (error) {
        if (!wasStale(error)) throw error
        kept.destroy()
      }
    }
    return await send(new Connection(url, options.subject, door))
  } catch (error) {
    lifetime.throwIfStopped()
    throw networkFault(error, circumstances(visit, url, false))
  }
}

function wasStale(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '')
}

function accept(visit: Visit, { url, connection, response }: Answer): Fetched {
  const { lifetime, options, door } = visit
  const { subject, maxBytes } = options
  const { statusCode: status, headers, body } = response
  if (status === 304 && isConditional(visit)) {
    lifetime.release()
    lifetime.end()
    body.resume()
    visit.idle.put(connection)
    return { ...facts(status, headers), length: undefined, body: nothing(), cancel: () => {} }
  }
  if (status !== 200) throw refusedStatus(subject, url, status)
  const encoding = first(headers['content-encoding'])?.trim().toLowerCase()
  if (encoding && encoding !== 'identity')
    throw new GatewayError('fetch_status', {
      reason: `${subject} 的服务器返回了压缩的内容（Content-Encoding: ${encoding.slice(0, 20)}），请让它按原样返回文件`,
    })
  const promised = first(headers['content-length'])
  const length = promised === undefined ? undefined : Number(promised)
  if (length === 0) throw empty(subject)
  if (length !== undefined && length > maxBytes) throw tooLarge(subject, maxBytes)
  const bytes = readBody({
    stream: body,
    connection,
    lifetime,
    subject,
    length,
    untilClose: length === undefined && headers['transfer-encoding'] === undefined,
    maxBytes,
    minRate: door.config.fetchMinRate,
    idleMs: door.config.fetchIdleTimeoutMs,
    fault: (error) => networkFault(error, circumstances(visit, url, true)),
  })
  let isRead = false
  const read = async function* () {
    isRead = true
    yield* bytes
  }
  const cancel = () => {
    lifetime.stop(new GatewayError('fetch_interrupted', { reason: `${subject} 的下载已取消` }))
    // A body whose first bytes were read and no more would watch its pace for ever; one that was not must still fail.
    if (isRead) bytes.return().catch(() => undefined)
  }
  return { ...facts(status, headers), length, body: once(read()), cancel }
}

function facts(status: number, headers: Dispatcher.ResponseData['headers']) {
  return {
    status,
    etag: first(headers.etag),
    lastModified: first(headers['last-modified']),
    contentType: first(headers['content-type']),
  }
}

function circumstances({ door, options }: Visit, url: URL, answered: boolean) {
  const { fetchConnectTimeoutMs: connectTimeoutMs, fetchIdleTimeoutMs: idleTimeoutMs } = door.config
  return { subject: options.subject, url, connectTimeoutMs, idleTimeoutMs, answered }
}

/** A trusted GET is none: its socket must not serve those who are not trusted. */
function isConditional({ headers, options }: Visit): boolean {
  return !options.trusted && Object.keys(headers).some((name) => conditions.has(name))
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization: _a, cookie: _c, ...rest } = headers
  return rest
}

/** Header bytes beyond ASCII, be they UTF-8 or GBK, are part of the address as they are: servers in China send them bare. */
function locationOf({ location }: Dispatcher.ResponseData['headers']): string | undefined {
  return first(location)?.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

async function* nothing(): AsyncGenerator<Buffer> {}
