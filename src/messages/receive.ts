import { createHash } from 'node:crypto'
import type { Inbound, Polled } from '../channels/channel.ts'
import { type Database, isFault, type Statement, statement } from '../database/database.ts'
import type { NamedDevice } from '../devices/device.ts'
import type { Polling } from '../devices/polling.ts'
import type { Session } from '../devices/session-queries.ts'
import type { MessageHint } from '../feed.ts'
import type { Log } from '../log.ts'
import type { Vault } from '../vault.ts'
import { heard } from './heard.ts'
import { arrived } from './inbound-part.ts'
import type { TellDeps } from './tell.ts'

/** Messages in one unit; a poll that brings more is written piece by piece, its cursor with the last. */
const BATCH = 50
/** The same words within so long are the same message told again under another id (iLink sheet 4.3), milliseconds. */
const SAME_MS = 1000

export interface ReceiveDeps extends TellDeps {
  readonly polling: Polling
  readonly vault: Vault
  /** Messages that a contact can be sent for each of theirs. */
  readonly quota: number
  readonly log: Log
  readonly observe: (messages: number) => void
}

interface Fresh {
  readonly inbound: Inbound
  readonly key: string
  readonly fingerprint: string
}

/**
 * Makes rows and owed events of what a poll brought, together with the cursor that covers it: a crash before means
 * that the network tells it again, and what was told before is known by its row.
 * @returns how many messages were new
 * @throws {DatabaseError} `guard` when this process polls the device no longer
 */
export async function receive(
  deps: ReceiveDeps,
  session: Session,
  device: NamedDevice,
  { messages, cursor, holdMs }: Polled,
): Promise<number> {
  const { database, polling } = deps
  const advance = () => [polling.advanced(session, cursor ?? session.cursor, holdMs ?? session.hold_ms)]
  let news = 0
  for (let start = 0; start < messages.length; start += BATCH) {
    const piece = messages.slice(start, start + BATCH)
    const fresh = await unknownOf(database, device.app_id, piece)
    // Every unit is guarded, so that a process that lost the device writes nothing more.
    const stay = [polling.advanced(session, session.cursor, session.hold_ms)]
    const last = start + BATCH >= messages.length
    try {
      await write(deps, device, fresh, last ? advance() : stay)
    } catch (error) {
      if (!isFault(error, 'other')) throw error
      await writeEach(deps, device, fresh, stay)
      if (last) await database.atomically(advance())
    }
    news += fresh.length
    deps.observe(fresh.length)
    if (fresh.length > 0) deps.wake()
    for (const { inbound } of fresh) {
      deps.log.info(
        { appId: device.app_id, fromWxid: inbound.fromWxid, remoteId: inbound.id },
        'message received',
      )
    }
  }
  const changed = cursor !== undefined && cursor !== session.cursor
  if (messages.length === 0 && (changed || (holdMs ?? session.hold_ms) !== session.hold_ms)) {
    await database.atomically(advance())
  }
  return news
}

async function write(
  deps: ReceiveDeps,
  device: NamedDevice,
  fresh: readonly Fresh[],
  cursor: readonly Statement[],
): Promise<void> {
  const statements: Statement[] = []
  // One after the other: ids are given as they are asked for, and events go out in their order.
  const hints: MessageHint[] = []
  for (const each of fresh) statements.push(...(await statementsOf(deps, device, each, hints)))
  await deps.database.atomically([...statements, ...cursor])
  for (const hint of hints) deps.feed.publish(device.token_id, 'message', hint)
}

/**
 * One message that the database takes in no shape must not hold up all that come after it for ever: the others are
 * written one by one, and in its place stands a notice.
 * @throws {DatabaseError} when the database takes nothing at all
 */
async function writeEach(
  deps: ReceiveDeps,
  device: NamedDevice,
  fresh: readonly Fresh[],
  cursor: readonly Statement[],
): Promise<void> {
  for (const each of fresh) {
    try {
      await write(deps, device, [each], cursor)
    } catch (error) {
      if (!isFault(error, 'other')) throw error
      await deps.database.ping()
      const { id, fromWxid } = each.inbound
      deps.log.error(
        { err: error, appId: device.app_id, remoteId: id, fromWxid },
        'a message could not be kept',
      )
      const parts = [{ kind: 'other', label: '[一条无法保存的消息]' }] as const
      await write(deps, device, [{ ...each, inbound: { ...each.inbound, parts } }], cursor)
    }
  }
}

/** What was not told before, under this id or another. */
async function unknownOf(database: Database, appId: string, messages: readonly Inbound[]): Promise<Fresh[]> {
  const all = messages.map((inbound): Fresh => {
    const fingerprint = fingerprintOf(inbound)
    const key = inbound.id === '' ? `${fingerprint} ${inbound.sentAt}` : inbound.id
    return { inbound, key, fingerprint }
  })
  const known = await database.sql
    .selectFrom('inbox')
    .select(['message_id', 'fingerprint', 'sent_at'])
    .where('app_id', '=', appId)
    .where((is) =>
      is.or([
        is(
          'message_id',
          'in',
          all.map(({ key }) => key),
        ),
        is(
          'fingerprint',
          'in',
          all.map(({ fingerprint }) => fingerprint),
        ),
      ]),
    )
    .execute()
  return all.filter(({ key, fingerprint, inbound }) => {
    const told = known.some(
      (row) =>
        row.message_id === key ||
        (row.fingerprint === fingerprint && Math.abs(row.sent_at - inbound.sentAt) <= SAME_MS),
    )
    if (!told) known.push({ message_id: key, fingerprint, sent_at: inbound.sentAt })
    return !told
  })
}

/** The same for a message that is delivered twice, whatever id it has: where its bytes are may differ, what it is not. */
function fingerprintOf({ fromWxid, clientId, parts }: Inbound): string {
  const content = parts.map((part) => {
    if (part.kind === 'text') return [part.text, part.quote?.id]
    if (part.kind === 'other') return [part.label]
    return [part.kind, part.file.aesKey, part.file.md5, part.name, part.durationMs]
  })
  const named = clientId === undefined ? content : [clientId, content]
  return createHash('sha256')
    .update(JSON.stringify([fromWxid, named]))
    .digest('hex')
}

async function statementsOf(
  deps: ReceiveDeps,
  device: NamedDevice,
  { inbound, key, fingerprint }: Fresh,
  hints: MessageHint[],
): Promise<Statement[]> {
  const now = Date.now()
  const seen = {
    app_id: device.app_id,
    message_id: key,
    fingerprint,
    sent_at: inbound.sentAt,
    received_at: now,
  }
  const { statement: contact, nickName } = heard(deps, device, inbound, now)
  const statements = [statement(deps.database.sql.insertInto('inbox').values(seen)), contact]
  for (const part of inbound.parts) {
    const { newMsgId, statements: more } = await arrived(deps, { device, inbound, part, nickName, now })
    statements.push(...more)
    hints.push({ appId: device.app_id, peer: inbound.fromWxid, newMsgId })
  }
  return statements
}
