import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from './api.ts'
import type { createCdn } from './cdn.ts'
import { type Answer, answerOf, type createFates, type Fate, reset, write } from './fates.ts'
import { bodyOf } from './listener.ts'
import type { Endpoint, RigRequest } from './options.ts'

interface ServePlace {
  readonly fates: ReturnType<typeof createFates>
  readonly cdn: ReturnType<typeof createCdn>
  api(call: Call): Promise<Answer>
  record(request: RigRequest): void
  violate(text: string): void
}

const paths: Readonly<Record<string, readonly [Endpoint, ...string[]]>> = {
  '/ilink/bot/get_bot_qrcode': ['get_bot_qrcode', 'POST', 'GET'],
  '/ilink/bot/get_qrcode_status': ['get_qrcode_status', 'GET'],
  '/ilink/bot/getupdates': ['getupdates', 'POST'],
  '/ilink/bot/sendmessage': ['sendmessage', 'POST'],
  '/ilink/bot/getuploadurl': ['getuploadurl', 'POST'],
  '/ilink/bot/getconfig': ['getconfig', 'POST'],
  '/ilink/bot/sendtyping': ['sendtyping', 'POST'],
  '/ilink/bot/msg/notifystart': ['notifystart', 'POST'],
  '/ilink/bot/msg/notifystop': ['notifystop', 'POST'],
  '/c2c/upload': ['cdn/upload', 'POST'],
  '/c2c/download': ['cdn/download', 'GET'],
}

/** Reads a request, records it, lets its fate happen, and answers. */
export function createServe({ fates, cdn, api, record, violate }: ServePlace) {
  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    redirected: boolean,
  ): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const { pathname, searchParams: query } = new URL(path, 'http://rig')
    const [endpoint, ...methods] = paths[pathname] ?? []
    if (endpoint === undefined || !methods.includes(method)) {
      record({ endpoint: 'unknown', method, path, headers, body: undefined })
      violate(`${method} ${pathname} does not exist`)
      request.resume()
      response.writeHead(404).end()
      return
    }
    const fate = fates.take(endpoint)
    const known = { endpoint, method, path, headers }
    if (endpoint === 'cdn/upload' || endpoint === 'cdn/download') {
      const entry = { ...known, body: 0 }
      record(entry)
      const onBytes = (total: number) => {
        entry.body = total
      }
      await serveCdn(request, response, { endpoint, query, fate, onBytes })
      return
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const text = await bodyOf(request)
    if (text === undefined) return
    const body = parsed(text)
    record({ ...known, body })
    if (await meets(fate, request)) return
    const given = fate && answerOf(fate)
    if (text !== '' && body === undefined) {
      violate(`${endpoint}: the body is no JSON`)
      return write({ status: 400, body: 'bad json' }, fate, response)
    }
    const call = { endpoint, method, query, headers, body, redirected, gone: gone.signal }
    await write(given ?? (await api(call)), fate, response)
  }

  async function serveCdn(request: IncomingMessage, response: ServerResponse, call: CdnCall): Promise<void> {
    const { endpoint, query, fate, onBytes } = call
    if (await meets(fate, request)) return
    const given = fate && answerOf(fate)
    if (given) {
      await drain(request, onBytes)
      return write(given, fate, response)
    }
    const answer =
      endpoint === 'cdn/upload'
        ? await cdn.upload(request, query, fate, onBytes)
        : await cdn.download(query, response)
    if (answer) await write(answer, fate, response)
  }

  return (request: IncomingMessage, response: ServerResponse, redirected: boolean): void => {
    serve(request, response, redirected).catch((error: unknown) => {
      violate(`the rig itself failed: ${String(error)}`)
      response.destroy()
    })
  }
}

interface CdnCall {
  readonly endpoint: Endpoint
  readonly query: URLSearchParams
  readonly fate: Fate | undefined
  onBytes(total: number): void
}

/** What a fate does before any work; `true` when that was all. */
async function meets(fate: Fate | undefined, request: IncomingMessage): Promise<boolean> {
  if (fate === undefined) return false
  if ('reset' in fate) reset(request)
  if ('hang' in fate) request.resume()
  if ('delayMs' in fate) await sleep(fate.delayMs, undefined, { ref: false })
  return 'reset' in fate || 'hang' in fate
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function drain(request: IncomingMessage, onBytes: (total: number) => void): Promise<void> {
  let total = 0
  try {
    for await (const part of request) {
      total += part.length
      onBytes(total)
    }
  } catch {
    // The client went away.
  }
}
