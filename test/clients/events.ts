import type { Heard } from './client.ts'
import { at, idAt, textAt } from './reading.ts'

/** A message, and whose device it is for. */
export interface Told extends Heard {
  readonly appId: string
}

/** Undefined for what is no message: the test body, state changes, kinds the program does not know. */
export type Recognise = (body: unknown) => Told | undefined

const kinds: Readonly<Record<string, Heard['kind']>> = { 1: 'text', 3: 'image', 43: 'video', 10002: 'revoke' }
const flatKinds: Readonly<Record<string, Heard['kind']>> = {
  TEXT: 'text',
  IMAGE: 'image',
  VIDEO: 'video',
  REVOKE_MSG: 'revoke',
}

/** The free image's form (contract 3.1). */
export const capitalForm: Recognise = (body) =>
  at(body, 'TypeName') === 'AddMsg' ? nested(textAt(body, 'Appid'), at(body, 'Data')) : undefined

/** Programs patched after March 2025 read either spelling (contract 3.6). */
export const eitherForm: Recognise = (body) =>
  at(body, 'type_name') === 'AddMsg' ? nested(textAt(body, 'appid'), at(body, 'data')) : capitalForm(body)

/** The cloud's form of 2026 (contract 3.7). */
export const flatForm: Recognise = (body) => {
  const type = at(body, 'msgType')
  if (typeof type !== 'string') return undefined
  // Seconds or milliseconds: programs tell them apart by the digits.
  if (!/^\d{10}(\d{3})?$/.test(idAt(body, 'createTime'))) throw new TypeError('createTime is no time')
  return {
    appId: textAt(body, 'appid'),
    kind: flatKinds[type] ?? 'other',
    id: idAt(body, 'newMsgId'),
    from: textAt(body, 'fromUser'),
    content: textAt(body, 'content'),
  }
}

/** What the bodies say to the device, in order. */
export function heardBy(
  appId: string,
  told: readonly string[],
  parse: (text: string) => unknown,
  recognise: Recognise,
): readonly Heard[] {
  return told
    .map((text) => recognise(parse(text)))
    .filter((event) => event !== undefined)
    .filter((event) => event.appId === appId)
}

function nested(appId: string, data: unknown): Told {
  return {
    appId,
    kind: kinds[idAt(data, 'MsgType')] ?? 'other',
    id: idAt(data, 'NewMsgId'),
    from: textAt(data, 'FromUserName', 'string'),
    content: textAt(data, 'Content', 'string'),
  }
}
