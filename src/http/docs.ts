import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { failureSchema } from './envelope.ts'

/** `GET /openapi.json` and `GET /docs`, made from the routes that are mounted after it. */
export async function serveDocs(app: FastifyInstance, version: string): Promise<void> {
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
  app.get('/openapi.json', () => app.swagger())
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
