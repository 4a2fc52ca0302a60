import type { Database } from '../../src/database/database.ts'
import { until } from '../rigs/process.ts'
import type { Receiver } from '../rigs/receiver.ts'
import { counted, type Found, grouped, together, withdrawnBy } from './aftermath.ts'

interface Told {
  readonly Appid: string
  readonly Data: {
    readonly NewMsgId: number
    readonly MsgType: number
    readonly Content: { readonly string: string }
  }
}

/** WeChat's MsgType of a text. */
const TEXT = 1

/**
 * Every event that is owed arrives, and a receiver that drops what it knows by Appid and NewMsgId sees each message,
 * each text and each withdrawal once.
 */
export async function callbacksArrive(
  receiver: Receiver,
  { sql }: Database,
  limitMs: number,
): Promise<Found> {
  const events = await sql.selectFrom('events').select(['app_id', 'new_msg_id', 'body']).execute()
  const owed = new Map(events.map(({ app_id, new_msg_id, body }) => [`${app_id} ${new_msg_id}`, body]))
  const missing = () => {
    const heard = new Set(receiver.events.map(({ body }) => keyOf(body)))
    return [...owed.keys()].filter((key) => !heard.has(key))
  }
  await until('every callback arrives', () => missing().length === 0, limitMs).catch(() => undefined)

  const heard = grouped(receiver.events, ({ body }) => keyOf(body))
  const once = [...heard.values()].flatMap(([first]) => (first ? [factsOf(first.body)] : []))
  const texts = grouped(once, ({ Appid, Data }) =>
    Data.MsgType === TEXT ? `${Appid} ${Data.Content.string}` : undefined,
  )
  const withdrawals = grouped(once, ({ Data }) => withdrawnBy(Data.Content.string))
  return together([
    {
      lost: [
        ...missing().map((key) => `callback ${key} did not come`),
        ...[...heard.keys()].filter((key) => !owed.has(key)).map((key) => `callback ${key} is of nothing`),
      ],
      doubled: [...heard]
        .filter(([key, all]) => all.some(({ text }) => text !== owed.get(key)))
        .map(([key]) => `callback ${key} came with different words`),
      leftOver: [],
    },
    ...[...texts].map(([text, all]) => counted(`callbacks of ${text}`, all.length, 1)),
    ...[...withdrawals].map(([id, all]) => counted(`notices of ${id}`, all.length, 1)),
  ])
}

function keyOf(body: Record<string, unknown>): string {
  const { Appid, Data } = factsOf(body)
  return `${Appid} ${Data.NewMsgId}`
}

function factsOf(body: Record<string, unknown>): Told {
  return body as unknown as Told
}
