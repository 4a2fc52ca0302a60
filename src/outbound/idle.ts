import type { Connection } from './connection.ts'

const maxIdle = 64

/**
 * Sockets that just brought a 304 and may bring the next one. Only revalidations leave and take sockets here, so a
 * first GET always has a fresh one: when that fails, nobody has to guess whether the origin saw it.
 */
export class IdleConnections {
  readonly #connections: Connection[] = []

  /** A socket to this origin that was open a moment ago, now the caller's own. */
  take(origin: string): Connection | undefined {
    const found = this.#connections.findLast((connection) => connection.alive && connection.origin === origin)
    if (!found) return undefined
    found.onClosed = undefined
    this.#remove(found)
    return found
  }

  /** Keeps the socket until it is taken or closes; one too many pushes out the oldest. */
  put(connection: Connection): void {
    if (!connection.alive) {
      connection.destroy()
      return
    }
    this.#connections.push(connection)
    connection.onClosed = () => {
      this.#remove(connection)
      connection.destroy()
    }
    if (this.#connections.length > maxIdle) this.#connections.shift()?.destroy()
  }

  close(): void {
    for (const connection of this.#connections.splice(0)) connection.destroy()
  }

  #remove(connection: Connection): void {
    const index = this.#connections.indexOf(connection)
    if (index >= 0) this.#connections.splice(index, 1)
  }
}
