import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What is read when the figures are asked for. */
interface Watched {
  readonly oldestOwedSeconds: () => Promise<number>
  readonly sessions: () => Promise<readonly { channel: string; state: string; count: number }[]>
}

/** Every figure of `GET /metrics`. */
export function createMetrics({ oldestOwedSeconds, sessions }: Watched) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'hongyan_callbacks_oldest_owed_seconds',
    help: 'Age of the oldest event whose callback is still owed; 0 when none is.',
    registers,
    async collect() {
      this.set(await oldestOwedSeconds())
    },
  })
  new Gauge({
    name: 'hongyan_sessions',
    help: 'Devices logged in to a network beyond this gateway, by channel and state (online, failing, scan needed).',
    labelNames: ['channel', 'state'],
    registers,
    async collect() {
      this.reset()
      for (const { channel, state, count } of await sessions()) this.set({ channel, state }, count)
    },
  })
  return {
    registry,
    sends: new Counter({
      name: 'hongyan_sends_total',
      help: 'Messages asked for, by endpoint and result (ok, or the error code).',
      labelNames: ['kind', 'result'],
      registers,
    }),
    bytesIn: new Counter({
      name: 'hongyan_media_bytes_total',
      help: 'Bytes of video fetched from callers’ links.',
      registers,
    }),
    cache: new Counter({
      name: 'hongyan_media_fetches_total',
      help: 'Videos asked for by link: hit when nothing had to move, else miss.',
      labelNames: ['cache'],
      registers,
    }),
    ingestSeconds: new Histogram({
      name: 'hongyan_ingest_seconds',
      help: 'From the request to the media being durable.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    polls: new Counter({
      name: 'hongyan_polls_total',
      help: 'Polls for messages of networks beyond this gateway, by result: ok, failed, dead (a scan is needed).',
      labelNames: ['result'],
      registers,
    }),
    received: new Counter({
      name: 'hongyan_received_total',
      help: 'Messages that networks beyond this gateway brought.',
      registers,
    }),
    uploads: new Counter({
      name: 'hongyan_uploads_total',
      help: 'Media sent over a network’s CDN: uploaded, or reused where they still are.',
      labelNames: ['result'],
      registers,
    }),
    callbacks: new Counter({
      name: 'hongyan_callbacks_total',
      help: 'Callback attempts by result: delivered, retried, failed (given up).',
      labelNames: ['result'],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
