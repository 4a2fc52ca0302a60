import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'

/** What a caller's server is told. */
export interface Told {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Record<string, unknown>
}

/** A caller's server: takes callbacks and answers as it is told to. */
export interface Receiver {
  readonly url: string
  /** Everything but the test post of setCallback. */
  readonly events: readonly Told[]
  readonly tests: readonly Told[]
  /** What the next requests are answered; 200 when there is nothing left. */
  answers: number[]
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const events: Told[] = []
  const tests: Told[] = []
  const receiver = { events, tests, answers: [] as number[] }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const body = JSON.parse(text) as Record<string, unknown>
      const told = { path: request.url ?? '', headers: request.headers, text, body }
      ;('testMsg' in body ? tests : events).push(told)
      response.writeHead(receiver.answers.shift() ?? 200).end('ok')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}/callback`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}
