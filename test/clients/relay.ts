import type { OutgoingHttpHeaders } from 'node:http'
import { startOrigin } from '../rigs/origin.ts'
import { exchange } from './wire.ts'

/** Stands between a program and the gateway, and notes what passes. */
export interface Relay {
  readonly url: string
  /** The replies to one call, by the end of its path, as text. */
  replies(path: string): readonly string[]
  close(): Promise<void>
}

export async function startRelay(target: string): Promise<Relay> {
  const passed: { readonly path: string; readonly text: string }[] = []
  const origin = await startOrigin((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => void pass(Buffer.concat(parts).toString()))

    async function pass(body: string): Promise<void> {
      const path = request.url ?? ''
      const headers: OutgoingHttpHeaders = { ...request.headers }
      delete headers.host
      try {
        const { status, type, text } = await exchange(`${target}${path}`, { method: 'POST', headers, body })
        passed.push({ path, text })
        response.writeHead(status, { 'content-type': type }).end(text)
      } catch {
        response.destroy()
      }
    }
  })
  return {
    url: origin.url,
    replies: (end) => passed.filter(({ path }) => path.endsWith(end)).map(({ text }) => text),
    close: () => origin.close(),
  }
}
