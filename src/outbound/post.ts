import { Connection, type Door } from './connection.ts'
import type { Lifetime } from './lifetime.ts'
import { readLink } from './link.ts'
import type { PostOptions } from './outbound.ts'
import { networkFault } from './reasons.ts'

const maxAnswerBytes = 64 * 1024

/** See `Outbound.post`. A fresh socket each time: a POST on a stale one could neither be trusted nor repeated. */
export async function post(
  door: Door,
  lifetime: Lifetime,
  text: string,
  options: PostOptions,
): Promise<{ status: number }> {
  const url = readLink(text, options.subject, door.permits)
  const connection = new Connection(url, options.subject, door)
  try {
    lifetime.use(connection)
    const { statusCode, body } = await connection.send({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      reset: true,
      // The caller's time limit holds, also when it is longer than the idle limit of downloads.
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: {
        'user-agent': door.userAgent,
        accept: '*/*',
        'accept-encoding': 'identity',
        ...options.headers,
      },
      body: options.body,
    })
    await drain(body)
    return { status: statusCode }
  } catch (error) {
    lifetime.throwIfStopped()
    throw networkFault(error, {
      subject: options.subject,
      url,
      connectTimeoutMs: door.config.fetchConnectTimeoutMs,
      idleTimeoutMs: door.config.fetchIdleTimeoutMs,
      answered: false,
    })
  }
}

/** Lets the server finish its answer. The status is known, so whatever goes wrong here no longer matters. */
async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.length
      if (received >= maxAnswerBytes) return
    }
  } catch {}
}
