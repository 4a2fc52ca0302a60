import type { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import type { Connection } from './connection.ts'
import type { Lifetime } from './lifetime.ts'
import { Pace } from './pace.ts'

interface Source {
  readonly stream: Readable
  readonly connection: Connection
  readonly lifetime: Lifetime
  readonly subject: string
  /** Content-Length, when promised. */
  readonly length: number | undefined
  /** Whether only the close of the socket marks the end. */
  readonly untilClose: boolean
  readonly maxBytes: number
  readonly minRate: number
  readonly idleMs: number
  readonly fault: (error: unknown) => GatewayError
}

/** The error for more bytes than the caller takes. */
export function tooLarge(subject: string, maxBytes: number): GatewayError {
  return new GatewayError('fetch_too_large', {
    reason: `${subject} 的文件超过了 ${maxBytes} 字节的大小限制，请压缩后再发`,
  })
}

function tooLong(subject: string): GatewayError {
  return new GatewayError('fetch_interrupted', {
    reason: `${subject} 的服务器发来的内容比它声明的长度更多，文件可能有误，请检查源服务器后重试`,
  })
}

/** The error for a body without a byte. */
export function empty(subject: string): GatewayError {
  return new GatewayError('fetch_empty', {
    reason: `${subject} 的服务器返回了空内容，请检查链接指向的文件`,
  })
}

/**
 * The bytes of an answer, once. Ends the lifetime when they are over, fail, or are given up.
 * @throws {GatewayError} fetch_interrupted, fetch_timeout, fetch_too_large, fetch_empty; or the abort reason
 */
export async function* readBody(source: Source): AsyncGenerator<Buffer, void, void> {
  const { stream, lifetime, subject, maxBytes } = source
  const pace = new Pace(source.minRate, source.idleMs, () =>
    lifetime.stop(
      new GatewayError('fetch_timeout', {
        reason: `${subject} 的下载速度低于每秒 ${source.minRate} 字节，已放弃，请换一个更快的服务器`,
      }),
    ),
  )
  try {
    for await (const chunk of chunks(stream)) {
      pace.received += chunk.length
      if (pace.received > maxBytes) throw tooLarge(subject, maxBytes)
      pace.handOver()
      yield chunk
      pace.handBack()
    }
    lifetime.throwIfStopped()
    const short = source.length !== undefined && pace.received !== source.length
    if (short || (source.untilClose && source.connection.reset))
      throw source.fault(new Error('the body ended early'))
    if (pace.received === 0) throw empty(subject)
    if (source.length !== undefined && source.connection.received.beyond(source.length) > 0)
      throw tooLong(subject)
  } catch (error) {
    lifetime.throwIfStopped()
    throw source.fault(error)
  } finally {
    pace.end()
    lifetime.end()
  }
}

/** undici's body is a byte stream, though its type says any. */
function chunks(stream: Readable): AsyncIterable<Buffer> {
  return stream
}

/** Makes a second loop an error instead of a file without bytes. */
export function once(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let used = false
  return {
    [Symbol.asyncIterator]() {
      if (used) throw new TypeError('the body of a fetched file can be read only once')
      used = true
      return body[Symbol.asyncIterator]()
    },
  }
}
