import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between the callers and a gateway, at an address that outlives it. */
export interface Relay {
  readonly url: string
  /**
   * Passes what comes from now on to the gateway at `baseUrl`.
   * @param onByte called as soon as byte number `limit` of its answers has come; nothing after that byte is passed on
   */
  aim(baseUrl: string, limit?: number, onByte?: () => void): void
  close(): Promise<void>
}

export async function startRelay(): Promise<Relay> {
  const sockets = new Set<Socket>()
  let port = 0
  let left = Number.POSITIVE_INFINITY
  let atLimit = () => {}

  const keep = (socket: Socket) => {
    sockets.add(socket)
    // Its 'close' follows, which ends the other half.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((caller) => {
    const gateway = connect(port, '127.0.0.1')
    keep(caller)
    keep(gateway)
    caller.pipe(gateway)
    gateway.on('data', (part: Buffer) => {
      if (left <= 0) return
      const passed = part.subarray(0, left)
      left -= passed.length
      caller.write(passed)
      if (left <= 0) atLimit()
    })
    gateway.on('close', () => caller.destroySoon())
    caller.on('close', () => gateway.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    aim(baseUrl, limit = Number.POSITIVE_INFINITY, onByte = () => {}) {
      port = Number(new URL(baseUrl).port)
      left = limit
      atLimit = onByte
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
