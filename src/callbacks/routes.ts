import { Type } from 'typebox'
import { namedToken } from '../http/auth.ts'
import { url } from '../http/fields.ts'
import { type Mountable, route } from '../http/route.ts'
import type { Callbacks } from './callbacks.ts'

const body = Type.Object({
  token: Type.Optional(
    Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 256, description: 'token' }),
  ),
  callbackUrl: url('回调地址'),
})

const data = Type.Object({
  callbackSecret: Type.String({ description: '核对回调签名用的密钥（Standard Webhooks）' }),
})

interface CallbackRoutes {
  readonly callbacks: Callbacks
  /** Signs the token's callbacks. */
  readonly secretOf: (tokenId: string) => string
}

/** `setCallback` under the path of the free image and that of the cloud (contract 1.1). */
export function callbackRoutes({ callbacks, secretOf }: CallbackRoutes): readonly Mountable[] {
  return (['/tools/setCallback', '/login/setCallback'] as const).map((path) =>
    route({
      url: path,
      tag: '工具模块',
      summary: '设置消息回调地址',
      failure: '设置回调失败',
      body,
      data,
      async handle({ token, callbackUrl }, { caller, request }) {
        await callbacks.setCallback(caller.tokenId, token ?? namedToken(request) ?? '', callbackUrl.trim())
        return { callbackSecret: secretOf(caller.tokenId) }
      },
    }),
  )
}
