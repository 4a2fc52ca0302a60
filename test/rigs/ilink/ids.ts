import { randomBytes } from 'node:crypto'

let last = 7_497_484_083_968_569_736n

/** A message id as the service makes them: 64 bits, far beyond what a double holds. */
export function newMessageId(): string {
  last += BigInt(1 + (randomBytes(1)[0] ?? 0))
  return last.toString()
}

export function newHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

export function newOpaque(): string {
  return randomBytes(48).toString('base64')
}

/**
 * The same JSON with the ids of the protocol as bare numbers, which JSON.stringify cannot write. A text that holds such
 * a property has its quotes escaped and stays as it is.
 */
export function withBareIds(body: string): string {
  return body.replaceAll(/"(message_id|msg_id|svr_id)":"(\d{1,20})"/g, '"$1":$2')
}
