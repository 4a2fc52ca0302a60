import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'

/**
 * What becomes of the connections to a database: they pass; new ones are refused and old ones reset; nothing is carried
 * either way any more; each is reset once it is in a transaction that writes a message; the answer to the COMMIT of such
 * a transaction is lost with its connection.
 */
type Mode = 'pass' | 'refuse' | 'hang' | 'reset-midway' | 'lose-commit'

/** A wire to PostgreSQL that can be cut. */
export interface Wire {
  readonly url: URL
  /** How often a transaction was cut midway or lost its answer. */
  readonly struck: number
  set(mode: Mode): void
  close(): Promise<void>
}

const WRITES_MESSAGE = 'insert into "messages"'
const COMMIT = Buffer.from('COMMIT\0')

/** Listens on a port of its own and carries to the server of `url`. */
export async function startWire(url: URL): Promise<Wire> {
  const sockets = new Set<Socket>()
  let mode: Mode = 'pass'
  let struck = 0
  const server = createServer((client) => {
    if (mode === 'refuse') return client.resetAndDestroy()
    const upstream = connect(addressOf(url))
    let writes = false
    let lost = false
    const cut = () => {
      // Once only: a socket that is gone cannot be reset.
      if (!client.destroyed) client.resetAndDestroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.on('data', (bytes) => {
      if (mode === 'hang') return
      writes ||= bytes.includes(WRITES_MESSAGE)
      if (writes && mode === 'reset-midway') {
        struck += 1
        return cut()
      }
      if (bytes.includes(COMMIT)) {
        lost = writes && mode === 'lose-commit'
        writes = false
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (mode === 'hang') return
      if (!lost) return client.write(bytes)
      struck += 1
      cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const own = new URL(`postgres://${url.username}:${url.password}@127.0.0.1:${port}${url.pathname}`)
  const reset = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: own,
    get struck() {
      return struck
    },
    set(next) {
      mode = next
      if (mode === 'refuse') reset()
    },
    async close() {
      reset()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A folder in `host` is that of the server's socket. */
function addressOf(url: URL): NetConnectOpts {
  const folder = url.searchParams.get('host')
  const port = Number(url.port || 5432)
  return folder ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port }
}
