/** The command was not given what it needs. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage'
}

/** Whether a message may have left. */
export type Left = 'no' | 'unknown'

/** The gateway said no. */
export class Refused extends Error {
  override readonly name = 'Refused'
  /** As it came. */
  readonly reply: unknown
  readonly code: string
  readonly left: Left

  constructor(reply: { readonly msg: string; readonly data?: unknown }) {
    const { code, msg, sent } = detailsOf(reply.data)
    super(msg === undefined ? reply.msg : `${reply.msg}: ${msg}`)
    this.reply = reply
    this.code = code ?? 'failed'
    // A gateway that does not say so leaves it open.
    this.left = sent === 'no' ? 'no' : 'unknown'
  }
}

/** Nothing came back that a gateway says. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Whether the request may have arrived. */
  readonly arrived: boolean

  constructor(message: string, options: { arrived: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.arrived = options.arrived
  }
}

function detailsOf(data: unknown): { code?: string; msg?: string; sent?: string } {
  const text = (name: string): string | undefined => {
    if (typeof data !== 'object' || data === null) return undefined
    const value: unknown = Reflect.get(data, name)
    return typeof value === 'string' ? value : undefined
  }
  const [code, msg, sent] = [text('code'), text('msg'), text('sent')]
  return { ...(code && { code }), ...(msg && { msg }), ...(sent && { sent }) }
}

/** Words from elsewhere, without what would move the cursor, paint the terminal or turn the line around. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
