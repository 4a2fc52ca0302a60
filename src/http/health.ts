import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

interface HealthDeps {
  readonly registry: Registry
  /** Each rejects while its part cannot serve. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
  readonly version: string
  /** What an operator should know beside, which keeps nobody from serving. */
  readonly notes: () => Promise<Readonly<Record<string, unknown>>>
}

/** `GET /`, `/healthz`, `/readyz`, `/metrics`: plain HTTP, no token. */
export function serveHealth(app: FastifyInstance, { registry, checks, version, notes }: HealthDeps): void {
  // Users of the free image looked at `/` to see whether it lives (contract 1.1).
  app.get('/', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(`鸿雁 Hongyan gewe gateway ${version}\n`),
  )

  app.get('/healthz', () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    const parts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [
        name,
        await check().then(
          () => 'ok',
          () => 'failed',
        ),
      ]),
    )
    const ready = parts.every(([, state]) => state === 'ok')
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      ...Object.fromEntries(parts),
      ...(await notes().catch(() => ({}))),
    })
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
