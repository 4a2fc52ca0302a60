import type { SendHint } from '../../src/feed.ts'
import { type TestGateway, token } from './gateway.ts'
import { until } from './world.ts'

/** What `/live` tells a caller, as it comes. */
export interface Live {
  readonly sends: readonly SendHint[]
  /** The stages of the send with this key, each once. */
  stages(key: string): string[]
  /** Waits until the send with this key has come to its end. */
  ended(key: string): Promise<void>
  close(): Promise<void>
}

export async function followLive({ baseUrl }: TestGateway, as = token): Promise<Live> {
  const abort = new AbortController()
  const response = await fetch(`${baseUrl}/live`, {
    headers: { 'x-gewe-token': as },
    signal: abort.signal,
  })
  const sends: SendHint[] = []
  const reading = read(response, sends).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error
  })
  const stages = (key: string) => [
    ...new Set(sends.filter((send) => send.key === key).map(({ stage }) => stage)),
  ]
  return {
    sends,
    stages,
    async ended(key) {
      await until(() => stages(key).some((stage) => stage === 'sent' || stage === 'failed'))
    },
    async close() {
      abort.abort()
      await reading
    },
  }
}

async function read({ body }: Response, sends: SendHint[]): Promise<void> {
  if (!body) throw new Error('/live gave no body')
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) {
      const [, data] = /^event: send\ndata: (.*)$/m.exec(frame) ?? []
      if (data !== undefined) sends.push(JSON.parse(data))
    }
  }
}
