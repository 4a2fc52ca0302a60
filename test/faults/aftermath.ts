import type { Database } from '../../src/database/database.ts'
import { acknowledged, type Call, type Traffic } from './callers-traffic.ts'

/** What is not as it must be, each in a few words; all empty when all is well. */
export interface Found {
  /** Something acknowledged, or its other half, is missing or damaged. */
  readonly lost: readonly string[]
  /** Something is there more often than it was asked for. */
  readonly doubled: readonly string[]
  /** Files that nobody needs. */
  readonly leftOver: readonly string[]
}

export const nothing: Found = { lost: [], doubled: [], leftOver: [] }

export function together(all: readonly Found[]): Found {
  return {
    lost: all.flatMap(({ lost }) => lost),
    doubled: all.flatMap(({ doubled }) => doubled),
    leftOver: all.flatMap(({ leftOver }) => leftOver),
  }
}

/** Sorts a count that should be `wanted` into missing and too many. */
export function counted(what: string, count: number, wanted: number): Found {
  if (count === wanted) return nothing
  const word = [`${what}: ${count} instead of ${wanted}`]
  return count < wanted ? { ...nothing, lost: word } : { ...nothing, doubled: word }
}

/**
 * Every acknowledged message is there once for each side and its receiver is owed one event, every acknowledged
 * withdrawal stands on both sides with one notice, and nothing is there by half.
 */
export async function messagesAreWhole({ sql }: Database, traffic: Traffic): Promise<Found> {
  const rows = await sql
    .selectFrom('messages')
    .select(['app_id', 'new_msg_id', 'direction', 'state', 'content', 'file_id'])
    .execute()
  const events = await sql.selectFrom('events').select(['app_id', 'new_msg_id', 'body']).execute()
  const byId = grouped(rows, ({ new_msg_id }) => new_msg_id)
  const notices = grouped(events, ({ body }) => withdrawnBy(body))
  const told = grouped(
    events.filter(({ body }) => withdrawnBy(body) === undefined),
    ({ new_msg_id }) => new_msg_id ?? undefined,
  )

  const ofMessages = [...byId].flatMap(([id, sides]) => {
    const out = sides.filter(({ direction }) => direction === 'out')
    const received = sides.filter(({ direction }) => direction === 'in')
    const [{ app_id: from = '' } = {}] = out
    const to = from === traffic.sender.appId ? traffic.friend.appId : traffic.sender.appId
    const states = sides.map(({ state }) => state)
    const withdrawn = states.includes('revoked')
    const allowed = withdrawn ? ['revoked'] : ['sent', 'received']
    return [
      counted(`messages ${id} sent`, out.length, 1),
      counted(`messages ${id} received`, received.length, 1),
      counted(`messages ${id} at ${to}`, received.filter(({ app_id }) => app_id === to).length, 1),
      counted(`events of ${id}`, told.get(id)?.length ?? 0, 1),
      counted(
        `events of ${id} at ${to}`,
        (told.get(id) ?? []).filter(({ app_id }) => app_id === to).length,
        1,
      ),
      counted(`notices of ${id}`, notices.get(id)?.length ?? 0, withdrawn ? 1 : 0),
      states.every((state) => allowed.includes(state))
        ? nothing
        : { ...nothing, lost: [`states of ${id}: ${states.toSorted().join()}`] },
    ]
  })
  const unknown = [...told.keys(), ...notices.keys()].filter((id) => !byId.has(id))
  const texts = grouped(
    rows.filter(({ direction, file_id }) => direction === 'out' && file_id === null),
    ({ content }) => content,
  )
  const ids = acknowledged(traffic.calls).map(({ sent }) => sent.newMsgId)
  const withdrawn = traffic.withdrawals.filter(({ reply }) => reply?.ret === 200)
  return together([
    ...ofMessages,
    counted('ids that were told', ids.length, new Set(ids).size),
    ...[...texts].map(([text, copies]) => counted(text, copies.length, 1)),
    { ...nothing, doubled: sentTooOften(traffic.calls, rows) },
    {
      ...nothing,
      doubled: traffic.calls
        .filter(({ reply, body }) => reply && reply.ret !== 200 && texts.has(String(body.content)))
        .map(({ body }) => `refused and sent: ${body.content}`),
      lost: [
        ...unknown.map((id) => `there is an event and no message ${id}`),
        ...ids.filter((id) => !byId.has(id)).map((id) => `acknowledged and not there: ${id}`),
        ...withdrawn
          .filter(({ sent }) => byId.get(sent.newMsgId)?.every(({ state }) => state === 'revoked') !== true)
          .map(({ sent }) => `acknowledged and not withdrawn: ${sent.newMsgId}`),
      ],
    },
  ])
}

/** Bytes that one call sent, and that are in more messages than that call and those that forwarded them. */
function sentTooOften(
  calls: readonly Call[],
  rows: readonly { readonly direction: string; readonly file_id: string | null }[],
): string[] {
  const out = rows.filter(({ direction }) => direction === 'out')
  const messages = grouped(out, ({ file_id }) => file_id ?? undefined)
  const forwards = grouped(calls, ({ body }) => /cdnvideourl="(\w+)"/.exec(String(body.xml))?.[1])
  return acknowledged(calls).flatMap(({ call, sent: { fileId } }) => {
    if (!call.alone || call.original === undefined) return []
    const allowed = 1 + (forwards.get(fileId)?.length ?? 0)
    const count = messages.get(fileId)?.length ?? 0
    return count > allowed ? [`messages with ${fileId}: ${count} after ${allowed} sends`] : []
  })
}

/** The message that a callback's body takes back. */
export function withdrawnBy(body: string): number | undefined {
  const [, id] = /<newmsgid>(\d+)<\/newmsgid>/.exec(body) ?? []
  return id === undefined ? undefined : Number(id)
}

/** Rows by key; those without a key are left out. */
export function grouped<T, K>(rows: readonly T[], keyOf: (row: T) => K | undefined): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}
