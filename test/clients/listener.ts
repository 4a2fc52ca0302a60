import { setTimeout as pause } from 'node:timers/promises'
import { type Behaviour, type Origin, startOrigin, status } from '../rigs/origin.ts'

interface ListenerOptions {
  readonly path: string
  /** What the program's server answers to a body. */
  readonly answer: (text: string) => {
    readonly status?: number
    readonly type?: string
    readonly text?: string
  }
  /** What it answers to a GET of the same path, such as a file that the query names. */
  readonly get?: Behaviour
}

/** A program's own HTTP server, on a port that is known before it is open. */
export interface Listener {
  readonly url: string
  readonly told: readonly string[]
  /** Offers one more path; it must be open. Answers its URL. */
  offer(path: string, behaviour: Behaviour): string
  open(): Promise<void>
  close(): Promise<void>
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const origin = await startOrigin()
  await origin.close()
  return origin.port
}

export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { path, answer, get = status(405) } = options
  const told: string[] = []
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let server: Origin | undefined

  const callback: Behaviour = (request, response) => {
    if (request.method === 'GET') return get(request, response)
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      told.push(text)
      const { status: code = 200, type, text: body } = answer(text)
      response.writeHead(code, type === undefined ? {} : { 'content-type': type }).end(body)
    })
  }
  return {
    url: `${url}${path}`,
    told,
    offer(at, behaviour) {
      server?.route(at, behaviour)
      return new URL(at, url).href
    },
    async open() {
      server = await startOrigin({ [path]: callback }, { port })
    },
    async close() {
      await server?.close()
    },
  }
}

/** One that is open already. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const listener = await createListener(options)
  await listener.open()
  return listener
}

/** Some programs ask for callbacks first and open their port next: the first test post finds nobody (contract 3.5). */
export async function askThenListen(ask: () => Promise<void>, listener: Listener): Promise<void> {
  await Promise.all([ask(), pause(250).then(() => listener.open())])
}

export const isTest = (text: string): boolean => text.includes('"testMsg"')
