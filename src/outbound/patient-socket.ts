import type { Socket } from 'node:net'

/** How long the answer may take that explains why nothing more could be written, milliseconds. */
const LAST_WORDS_MS = 1000

/** How often an end that came too early is told again, milliseconds. */
const AGAIN_MS = 5

/**
 * Keeps undici 7 alive when an origin closes or resets the connection while our reader is slow: its parser then
 * asserts that it is not paused, in a socket's event handler, where the error would end the process
 * (nodejs/undici#5360, mended in undici 8 only, which needs Node 22). An end is told again until the reader has caught
 * up, so that a body that did arrive whole is not lost; a reset is told as another error. The socket has to be opened
 * with `allowHalfOpen`, or it would be gone by then.
 */
export function makePatient(socket: Socket): void {
  const original = socket.emit
  const emit = (...event: unknown[]): boolean => Reflect.apply(original, socket, event)
  const patient = (...event: unknown[]): boolean => {
    try {
      return emit(...event)
    } catch (error) {
      const [name] = event
      if (name === 'end' && !socket.destroyed) {
        setTimeout(() => socket.destroyed || patient('end'), AGAIN_MS).unref()
        return true
      }
      if (name === 'error')
        return emit('error', new Error('the connection broke while its reader was slow', { cause: event[1] }))
      throw error
    }
  }
  Object.defineProperty(socket, 'emit', { value: patient })
}

/**
 * Lets the reading side have its say first when a write fails: a server that refuses a long body early sends its
 * answer and closes, and Node would destroy the socket over the failed write with that answer unread in it. The fault
 * is told once the other side has ended, or after a second.
 */
export function holdWriteFaults(socket: Socket): void {
  const hold = (told: WriteDone): WriteDone => {
    return (fault) => {
      if (!fault || socket.readableEnded || socket.destroyed) {
        told(fault)
        return
      }
      const tell = () => {
        clearTimeout(timer)
        socket.off('end', tell).off('close', tell)
        told(fault)
      }
      const timer = setTimeout(tell, LAST_WORDS_MS)
      socket.once('end', tell).once('close', tell)
    }
  }
  const { _write: write, _writev: writev } = socket
  const patient = {
    _write: (chunk: unknown, encoding: BufferEncoding, done: WriteDone): void =>
      write.call(socket, chunk, encoding, hold(done)),
    ...(writev && {
      _writev: (chunks: Parameters<typeof writev>[0], done: WriteDone): void =>
        writev.call(socket, chunks, hold(done)),
    }),
  }
  Object.assign(socket, patient)
}

type WriteDone = (fault?: Error | null) => void
