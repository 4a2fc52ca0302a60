import { type TObject, type TSchema, Type } from 'typebox'
import type { GatewayError } from '../errors.ts'

/** Every GeWe route answers HTTP 200 with this; clients re-send on any other status (contract 1.3). */
export interface Failure {
  readonly ret: 500
  readonly msg: string
  readonly data: {
    readonly code: string
    readonly msg: string
    readonly sent: string
    readonly retryable: boolean
    readonly retryAfter?: number
  }
}

export const OK = '操作成功'

/** The reply schema of a route that succeeds with `data`, or without. */
export function successSchema(data: TSchema | undefined): TObject {
  const head = {
    ret: Type.Integer({ description: '状态码，成功为 200' }),
    msg: Type.String({ description: '描述信息' }),
  }
  return data ? Type.Object({ ...head, data }) : Type.Object(head)
}

export const failureSchema = Type.Object(
  {
    ret: Type.Literal(500),
    msg: Type.String({ description: '失败的操作' }),
    data: Type.Object({
      code: Type.String({ description: '固定的错误代码' }),
      msg: Type.String({ description: '原因，以及可以怎么做' }),
      sent: Type.Enum(['no', 'unknown'], {
        description: 'no：消息一定没有发出；unknown：可能已经发出，请勿直接重发',
      }),
      retryable: Type.Boolean({ description: '同样的请求稍后重试是否可能成功' }),
      retryAfter: Type.Optional(Type.Integer({ description: '多少秒后再试；超出 token 的限额时才有' })),
    }),
  },
  { $id: 'Failure', description: '失败时的返回，HTTP 状态码同样是 200' },
)

/** @param title the route's own words for its failure, "发送视频失败" */
export function failure(error: GatewayError, title: string | undefined): Failure {
  const { code, reason, sent, retryable, retryAfter } = error
  const data = { code, msg: reason, sent, retryable, ...(retryAfter === undefined ? {} : { retryAfter }) }
  return { ret: 500, msg: error.title ?? title ?? '操作失败', data }
}
