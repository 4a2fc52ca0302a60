import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Identify } from './auth.ts'

/** Something that is served beside the API and calls it too, with credentials of its own in place of a token. */
export interface Guest {
  /** All its paths are below it; the API answers it below `<root>/api`. */
  readonly root: `/${string}`
  readonly identify: Identify
  mount(app: FastifyInstance): Promise<void>
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * Serves a guest from an application of its own that is built when somebody first asks for it: most gateways are asked by
 * programs alone, and need not hold in memory what they never show.
 * @param createApp a server without routes that nobody listens to
 */
export function serveGuest(app: FastifyInstance, guest: Guest, createApp: () => FastifyInstance): void {
  let built: Promise<FastifyInstance> | undefined
  const build = async () => {
    const inner = createApp()
    await guest.mount(inner)
    await inner.ready()
    return inner
  }
  /** Before the body is read, which is the other's to read. */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    built ??= build().catch((error: unknown) => {
      built = undefined
      throw error
    })
    const inner = await built
    reply.hijack()
    inner.routing(request.raw, reply.raw)
    return reply
  }
  const handler = () => Promise.reject(new Error('a request was not handed over'))
  for (const url of [guest.root, `${guest.root}/*`])
    app.route({ method: [...methods], url, onRequest, handler })
  app.addHook('onClose', async () => {
    await (await built)?.close()
  })
}
