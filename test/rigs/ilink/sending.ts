import type { Account } from './accounts.ts'
import { type Answer, json } from './fates.ts'
import { newMessageId } from './ids.ts'
import { type Judged, judge } from './item-checks.ts'
import type { Objects } from './objects.ts'
import type { IlinkOptions } from './options.ts'
import { isObject, objectOf } from './read.ts'
import type { Screen } from './screen.ts'

interface SendingPlace {
  readonly options: IlinkOptions
  readonly objects: Objects
  violate(text: string): void
  knows(account: Account, userId: unknown): boolean
  screen(userId: string): Screen
}

/** `sendmessage`: checks the message, counts it, and shows it on the phone. */
export function createSending({ options, objects, violate, knows, screen }: SendingPlace) {
  const refused = (errmsg = 'prepare failed') => json({ ret: -2, errmsg })

  function accepted(messageId: string | undefined): Answer {
    if (options.emptySendAnswer) return json({})
    return json({
      ...(options.sendAnswersRet ? { ret: 0 } : {}),
      ...(options.sendId && messageId !== undefined ? { message_id: messageId } : {}),
    })
  }

  return (account: Account, body: Record<string, unknown>): Answer => {
    const msg = objectOf(body.msg)
    for (const fault of messageFaults(msg)) violate(`sendmessage: ${fault}`)
    const userId = msg.to_user_id
    if (typeof userId !== 'string' || !knows(account, userId)) {
      violate('sendmessage: to_user_id is nobody this bot knows')
      return json({ ret: -3, errmsg: 'invalid arguments' })
    }
    const spoken = account.conversations.get(userId)
    if (!spoken) return refused()

    const token = msg.context_token
    if (token === undefined) {
      if (options.missingContext === 'refuse') return refused()
      if (options.missingContext === 'lose') return accepted(undefined)
    } else if (typeof token !== 'string' || token === '') {
      violate('sendmessage: context_token is there and empty')
      return refused()
    } else if (!spoken.contextTokens.has(token)) {
      violate('sendmessage: context_token was never given for this user')
    }
    if (spoken.left <= 0 || options.now() - spoken.since >= options.windowMs) return refused()

    const items = Array.isArray(msg.item_list) ? msg.item_list : []
    const judged = judge(items[0], objects)
    for (const fault of judged.faults) violate(`sendmessage: ${fault}`)
    if (judged.text !== undefined && judged.text.length > options.maxText) return refused()
    if (options.staleUploads === 'refuse' && judged.object?.stale) return refused()

    spoken.left -= 1
    const messageId = newMessageId()
    const clientId = typeof msg.client_id === 'string' ? msg.client_id : ''
    const shown: Judged =
      items.length === 1
        ? judged
        : { ...judged, kind: 'nothing', why: `the message has ${items.length} items, not one` }
    screen(userId).show(shown, { messageId, clientId, at: options.now() })
    return accepted(messageId)
  }
}

function messageFaults(msg: Record<string, unknown>): string[] {
  const faults: string[] = []
  if (msg.message_type !== 2) faults.push('message_type is not 2')
  if (msg.message_state !== 2) faults.push('message_state is not 2')
  if (typeof msg.client_id !== 'string' || msg.client_id === '') faults.push('client_id is missing')
  if (msg.from_user_id !== undefined && msg.from_user_id !== '') faults.push('from_user_id is not empty')
  const items: unknown = msg.item_list
  if (!Array.isArray(items) || items.length !== 1 || !isObject(items[0])) {
    faults.push('item_list has not exactly one item')
  }
  const run = msg.run_id
  if (run !== undefined && (typeof run !== 'string' || run === '')) faults.push('run_id is there and empty')
  return faults
}
