import { WrongUsage } from './refusals.ts'

/** As the command line gives them. */
export interface SendOptions {
  readonly as: string
  readonly to: string
  readonly video?: string
  readonly image?: string
  readonly file?: string
  readonly text?: string
  readonly thumb?: string
  readonly duration?: string
  readonly url?: string
}

const kinds = ['video', 'image', 'file', 'text'] as const
export type Kind = (typeof kinds)[number]

/** What is to be sent. */
export interface Errand {
  readonly kind: Kind
  /** A file, a URL, or the text itself. */
  readonly content: string
  readonly thumb: string | undefined
  /** Seconds; 0 where nobody has told. */
  readonly duration: number
}

/** The API takes no longer video, seconds. */
const LONGEST_VIDEO = 86_400

/** @throws {WrongUsage} */
export function errandIn(options: SendOptions): Errand {
  const given = kinds.flatMap((kind) => {
    const content = options[kind]
    return content === undefined ? [] : [{ kind, content }]
  })
  const [first] = given
  const choice = 'exactly one of --video, --image, --file and --text'
  if (!first) throw new WrongUsage(`Say what to send: ${choice}.`)
  if (given.length > 1)
    throw new WrongUsage(
      `Send one thing at a time, ${choice}; got ${given.map(({ kind }) => `--${kind}`).join(' and ')}.`,
    )
  const { thumb, duration } = options
  for (const name of ['as', 'to', first.kind, 'thumb'] as const)
    if (options[name]?.trim() === '') throw new WrongUsage(`--${name} is empty.`)
  if (first.kind !== 'video' && (thumb !== undefined || duration !== undefined))
    throw new WrongUsage('--thumb and --duration belong to --video.')
  return { ...first, thumb, duration: duration === undefined ? 0 : secondsIn(duration) }
}

function secondsIn(text: string): number {
  const seconds = /^\d{1,5}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds <= LONGEST_VIDEO) return seconds
  throw new WrongUsage(
    `--duration is the video's length in seconds, from 0 to ${LONGEST_VIDEO}; got ${text}.`,
  )
}

/**
 * Where another machine's gateway is.
 * @throws {WrongUsage}
 */
export function gatewayUrlIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password
  if (plain) return url.href.replace(/\/+$/, '')
  throw new WrongUsage('--url must be the base URL of a gateway, such as http://192.168.1.5:2531.')
}
