import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every figure of `GET /metrics`. */
export function createMetrics(oldestOwedSeconds: () => Promise<number>) {
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
    callbacks: new Counter({
      name: 'hongyan_callbacks_total',
      help: 'Callback attempts by result: delivered, retried, failed (given up).',
      labelNames: ['result'],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
