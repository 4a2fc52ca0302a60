import type { Database } from '../../src/database/database.ts'
import type { Client } from '../rigs/process-client.ts'
import { counted, type Found, nothing, together } from './aftermath.ts'
import { acknowledged, type Call, send } from './callers-traffic.ts'

/** Each Idempotency-Key whose answer was heard gives it again, and nothing is sent by that. */
export async function heardKeysReplay(
  client: Client,
  { sql }: Database,
  calls: readonly Call[],
): Promise<Found> {
  const count = async () => {
    const { rows } = await sql
      .selectFrom('messages')
      .select(({ fn }) => fn.countAll().as('rows'))
      .executeTakeFirstOrThrow()
    return Number(rows)
  }
  const before = await count()
  const heard = acknowledged(calls).filter(({ call }) => call.key !== undefined)
  const replays = heard.map(async ({ call, sent }) => {
    const again = await send(client, call)
    const same = JSON.stringify(again) === JSON.stringify(call.reply)
    return same ? [] : [`key of ${sent.newMsgId} is answered ${JSON.stringify(again)}`]
  })
  const lost = (await Promise.all(replays)).flat()
  return together([{ ...nothing, lost }, counted('messages after replays', await count(), before)])
}

/**
 * A call whose answer was not heard is made again under its key, twice: whether it was sent or not, it is sent once then.
 * The calls have their replies afterwards.
 */
export async function unheardKeysSendOnce(
  client: Client,
  { sql }: Database,
  calls: readonly Call[],
): Promise<Found> {
  const unheard = calls.filter(({ key, reply }) => key !== undefined && reply?.ret !== 200)
  const checks = unheard.map(async (call): Promise<Found> => {
    const reply = await send(client, call)
    const again = await send(client, call)
    if (reply.ret !== 200) return { ...nothing, lost: [`${call.path} again: ${JSON.stringify(reply)}`] }
    call.reply = reply
    const { newMsgId, fileId } = reply.data
    if (again.data.newMsgId !== newMsgId) return { ...nothing, doubled: [`a key sent ${newMsgId} and more`] }
    // A text has no fileId; the texts of all messages are compared anyway.
    if (!call.alone || fileId === undefined) return nothing
    const sent = sql.selectFrom('messages').select('new_msg_id').where('direction', '=', 'out')
    const copies = await sent.where('file_id', '=', fileId).execute()
    return counted(`messages with the bytes of ${newMsgId}`, copies.length, 1)
  })
  return together(await Promise.all(checks))
}
