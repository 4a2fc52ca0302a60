import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'

/** A sender that is silent for so long is gone, milliseconds. */
const IDLE_MS = 30_000
/** How long a sender that was refused in the middle may go on before it is cut off, milliseconds. */
const LINGER_MS = 5000

/** Smaller pieces are let gather: each costs more than its bytes. */
const SMALL = 1024

const unhurried = new WeakSet<object>()

/** Whether the request on this connection may take longer than any other: as long as its bytes keep coming. */
export const isUnhurried = (socket: object): boolean => unhurried.has(socket)

/** Asked before a byte is read. @throws {GatewayError} body_too_large when the sender promises more */
export function refuseTooLarge({ headers }: IncomingMessage, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

/**
 * The bytes of a request as they come, once. The connection stays open whatever happens, so that an answer can be sent.
 * @throws {GatewayError} body_too_large, body_invalid for none at all, caller_gone
 */
export async function* readStreamed(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  const { socket } = request
  unhurried.add(socket)
  let reading = true
  const idle = setTimeout(() => {
    if (reading) request.destroy(gone(`已有 ${IDLE_MS / 1000} 秒没有收到任何字节`))
    else idle.refresh()
  }, IDLE_MS)
  let length = 0
  try {
    const pieces: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
    for await (const piece of pieces) {
      length += piece.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      reading = false
      yield piece
      if (piece.length < SMALL) await setImmediate()
      reading = true
      idle.refresh()
    }
    if (length > 0) return
    throw new GatewayError('body_invalid', { reason: '上传的内容为空，请在请求体中发送文件的全部字节' })
  } catch (error) {
    throw error instanceof GatewayError ? error : gone('连接在上传完成前断开', error)
  } finally {
    clearTimeout(idle)
    unhurried.delete(socket)
  }
}

/**
 * Lets a sender that is refused before its end read why: a connection that is closed over unread bytes takes the answer
 * along.
 */
export function linger({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete || raw.destroyed) return
  raw.resume()
  reply.raw.once('finish', () => {
    const cut = () => raw.complete || raw.socket.destroy()
    setTimeout(cut, LINGER_MS).unref()
  })
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('body_too_large', {
    reason: `上传的文件超过了 ${maxBytes} 字节的大小限制，请压缩后再上传`,
  })
}

function gone(what: string, cause?: unknown): GatewayError {
  return new GatewayError('caller_gone', { reason: `${what}，文件不完整，没有保存；请重新上传`, cause })
}
