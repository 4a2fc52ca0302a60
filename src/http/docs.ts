import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { failureSchema } from './envelope.ts'
import type { Mountable } from './route.ts'

interface Docs {
  readonly version: string
  readonly routes: readonly Mountable[]
  /** A server without routes that nobody listens to. */
  readonly createApp: () => FastifyInstance
}

/**
 * `GET /openapi.json` and `GET /docs`, made from the routes. They live in an application of their own that is built when
 * somebody first looks, since most gateways are never looked at and it costs 10 MB.
 */
export function serveDocs(app: FastifyInstance, docs: Docs): void {
  let built: Promise<FastifyInstance> | undefined
  const urls = ['/openapi.json', '/docs', '/docs/*']
  for (const url of urls) {
    app.get(url, async (request, reply) => {
      built ??= build(docs)
      const answer = await (await built).inject({ method: 'GET', url: request.url })
      return reply.code(answer.statusCode).headers(answer.headers).send(answer.rawPayload)
    })
  }
}

async function build({ version, routes, createApp }: Docs): Promise<FastifyInstance> {
  const app = createApp()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '鸿雁 Hongyan',
        version,
        description:
          '自建的 GeWe 消息接口网关。所有接口在 `/`、`/v2/api`、`/gewe/v2/api` 下相同；无论成败 HTTP 状态码都是 200，以 `ret` 判断：200 成功，500 失败（见 Failure）。',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: {
        securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-GEWE-TOKEN' } },
        // A copy, because the plugin writes a title into it.
        schemas: { Failure: structuredClone(failureSchema) },
      },
      security: [{ token: [] }],
    },
    hideUntagged: true,
    transform: ({ schema, url }) => ({ schema: withFailure(schema), url }),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list', persistAuthorization: false, validatorUrl: null },
  })
  for (const route of routes) route.mount(app)
  app.get('/openapi.json', () => app.swagger())
  await app.ready()
  return app
}

/** The reply of every GeWe route is either its success or the one failure. */
function withFailure<S>(schema: S): S {
  if (typeof schema !== 'object' || schema === null || !('body' in schema) || !('response' in schema))
    return schema
  const { response } = schema
  if (typeof response !== 'object' || response === null || !('200' in response)) return schema
  const either = {
    description: '成功，或失败',
    oneOf: [response['200'], { $ref: '#/components/schemas/Failure' }],
  }
  return { ...schema, response: { 200: either } }
}
