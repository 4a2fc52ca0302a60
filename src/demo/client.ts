import { dim, green, red } from './paint.ts'

/** What a GeWe program does: posts JSON with its token, and looks at `ret`. */
export class Client {
  readonly #base: string
  readonly #token: string

  constructor(base: string, token: string) {
    this.#base = base
    this.#token = token
  }

  /**
   * Posts and shows what went and what came.
   * @returns `data` of the reply and how long it took, milliseconds
   * @throws {Error} when `ret` is not 200
   */
  async post(
    path: string,
    body: Record<string, unknown>,
  ): Promise<{ data: Record<string, unknown>; ms: number }> {
    console.log(`\n  POST ${path}\n${dim(indent(body))}`)
    const started = performance.now()
    const response = await fetch(`${this.#base}${path}`, {
      method: 'POST',
      headers: { 'X-GEWE-TOKEN': this.#token, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    const reply: unknown = await response.json()
    const ms = performance.now() - started
    if (!isReply(reply)) throw new Error(`${path}: the reply is not {ret, msg}`)
    const paint = reply.ret === 200 ? green : red
    console.log(
      `  ${paint(`${response.status} ret ${reply.ret}`)} in ${ms.toFixed(1)} ms\n${dim(indent(reply))}`,
    )
    if (reply.ret !== 200) throw new Error(`${path}: ${reply.msg} ${reply.data?.msg ?? ''}`)
    return { data: reply.data ?? {}, ms }
  }
}

interface Reply {
  readonly ret: number
  readonly msg: string
  readonly data?: Record<string, unknown>
}

function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && 'ret' in value && 'msg' in value
}

/** JSON as a person reads it; a picture in base64 is not read by a person. */
function indent(value: unknown): string {
  const short = (_: string, each: unknown) =>
    typeof each === 'string' && each.length > 240 ? `${each.slice(0, 60)}… (${each.length} characters)` : each
  return JSON.stringify(value, short, 2).replace(/^/gm, '    ')
}
