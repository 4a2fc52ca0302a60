import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { RemoteOutgoing } from '../channel.ts'
import { ask } from './call.ts'
import type { Account } from './credentials.ts'
import { idOf } from './fields.ts'
import { baseInfo } from './headers.ts'
import { refused, verdict } from './judge.ts'
import { outgoingItem } from './outgoing-item.ts'
import type { Wire } from './wire.ts'

const timeoutMs = 15_000
/** `message_type` of a bot, `message_state` finished (sheet 6.1). */
const bot = 2
const finished = 2

/** Sends one message (sheet 6) exactly once. See `RemoteChannel.send`. */
export async function send(
  wire: Wire,
  account: Account,
  outgoing: RemoteOutgoing,
): Promise<{ readonly remoteId: string | undefined }> {
  const item = outgoingItem(wire.config, outgoing.body)
  const answer = await ask(wire, {
    base: account.baseUrl,
    endpoint: 'sendmessage',
    token: account.token,
    body: {
      msg: {
        from_user_id: '',
        to_user_id: outgoing.toWxid,
        client_id: `hongyan:${Date.now()}-${randomBytes(4).toString('hex')}`,
        message_type: bot,
        message_state: finished,
        item_list: [item],
        // null or "" is refused, a missing key is not (sheet 6.3).
        ...(outgoing.context && { context_token: outgoing.context }),
      },
      base_info: baseInfo(wire.config),
    },
    timeoutMs,
  }).catch((error: unknown) => {
    throw sendFault(error)
  })
  const judged = verdict('sendmessage', answer)
  if (judged.ret !== 0) throw refused(judged)
  return { remoteId: idOf(answer.message_id) }
}

/** Whatever broke after the request had left may have been delivered all the same. */
function sendFault(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.sent === 'no') return error
  return new GatewayError('send_unknown', { sent: 'unknown', cause: error })
}
