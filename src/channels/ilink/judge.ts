import { GatewayError } from '../../errors.ts'
import { type Fields, numberOf } from './fields.ts'
import { serverWords } from './words.ts'

/** What an answer says of itself: 0 is success, and so is silence (sheet 4.1, 6.1). */
export interface Verdict {
  readonly ret: number
  /** `ret -2: prepare failed`, for a reason. */
  readonly words: string
}

const stale = -14
const badReceiver = -3
/** Quota or window used up; rate limit (sheet 10). */
const limits = new Set([-2, -12])
/** Only these two know a quota; elsewhere -2 is any fault. */
const limited = new Set(['sendmessage', 'getuploadurl'])

/**
 * Reads `ret` and `errcode` of an answer; either may carry the fault.
 * @throws {GatewayError} session_dead; for sends and uploads channel_limited and, where the receiver is not accepted,
 * channel_refused
 */
export function verdict(endpoint: string, answer: Fields): Verdict {
  const codes = [numberOf(answer.ret) ?? 0, numberOf(answer.errcode) ?? 0]
  const ret = codes.find((code) => code === stale) ?? codes.find((code) => code !== 0) ?? 0
  const said = serverWords(answer.errmsg)
  const words = said ? `ret ${ret}: ${said}` : `ret ${ret}`
  if (ret === stale) throw new GatewayError('session_dead')
  if (!limited.has(endpoint)) return { ret, words }
  if (limits.has(ret))
    throw new GatewayError('channel_limited', {
      reason: `微信限制了向对方发送（${words}），对方再给机器人发一条消息后即可恢复；请不要反复重试`,
    })
  if (ret === badReceiver)
    throw new GatewayError('channel_refused', {
      reason: `微信不接受这个接收人 id（${words}），请使用收到的消息里的 wxid，区分大小写，不要加前缀`,
    })
  return { ret, words }
}

/** The error for every fault that has no meaning of its own. */
export function refused({ words }: Verdict): GatewayError {
  return new GatewayError('channel_refused', {
    reason: `微信拒绝了这次请求（${words}），请检查请求内容，或稍后重试`,
  })
}
