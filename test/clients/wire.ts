import { type OutgoingHttpHeaders, request } from 'node:http'

export interface Answer {
  readonly status: number
  /** Content-Type. */
  readonly type: string
  readonly bytes: Buffer
  readonly text: string
}

interface Exchange {
  readonly method?: 'GET' | 'POST'
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | undefined
  readonly timeoutMs?: number
}

/** One HTTP exchange with these headers and no others but Host, Connection and Content-Length. */
export function exchange(url: string, options: Exchange = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, timeoutMs = 60_000 } = options
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const sent = request(url, { method, headers, signal }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(parts)
        const type = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, type, bytes, text: bytes.toString() })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A POST of JSON; without `body` there is neither a body nor a Content-Type. */
export function postJson(
  url: string,
  headers: OutgoingHttpHeaders,
  body: object | undefined,
  timeoutMs?: number,
): Promise<Answer> {
  const about = body === undefined ? headers : { 'Content-Type': 'application/json', ...headers }
  const text = body === undefined ? undefined : JSON.stringify(body)
  return exchange(url, {
    method: 'POST',
    headers: about,
    body: text,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
}

/** The file behind a link, as any HTTP library gets it. */
export async function fetchFile(url: string): Promise<Buffer> {
  const { status, bytes } = await exchange(url)
  if (status !== 200) throw new Error(`the file answers HTTP ${status}`)
  return bytes
}
