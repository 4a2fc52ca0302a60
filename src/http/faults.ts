import type { FastifySchemaValidationError } from 'fastify'
import { GatewayError } from '../errors.ts'

const words: Record<string, string> = {
  string: '字符串',
  integer: '整数',
  number: '数字',
  boolean: '布尔值',
  array: '数组',
  object: '对象',
  null: 'null',
}

/** All faults of a body in one sentence, so that a caller need not find them one by one. */
export function requestInvalid(errors: readonly FastifySchemaValidationError[]): GatewayError {
  const faults = new Set(errors.slice(0, 50).map(describe))
  return new GatewayError('request_invalid', { reason: `请求参数有误：${[...faults].join('；')}` })
}

function describe({ keyword, instancePath, params }: FastifySchemaValidationError): string {
  const at = instancePath.slice(1).replaceAll('/', '.')
  switch (keyword) {
    case 'required':
      return `缺少 ${[at, params.missingProperty].filter(Boolean).join('.')}`
    case 'type':
      return `${at || '请求体'} 应为${[params.type]
        .flat()
        .map((type) => words[String(type)] ?? type)
        .join('或')}`
    case 'pattern':
      return `${at} 应为不小于 0 的数字`
    case 'minLength':
      return `${at} 不能为空`
    case 'maxLength':
      return `${at} 过长，最多 ${params.limit} 个字符`
    case 'minItems':
      return `${at} 至少 ${params.limit} 项`
    case 'maxItems':
      return `${at} 最多 ${params.limit} 项`
    case 'minimum':
      return `${at} 不能小于 ${params.limit}`
    case 'x-maximum':
      return `${at} 过大`
    case 'maximum':
      return `${at} 不能大于 ${params.limit}`
    default:
      return `${at || '请求体'} 不正确`
  }
}
